// Package exiftooltest strips a folder of media, kind by kind, and has ExifTool
// and ffmpeg look at what came of it: what was asked for is gone, every other
// field is there as before, and pictures and sound decode to the same. It runs
// with the build tag exiftool and the folder in HABEAS_MEDIA.
package exiftooltest
