// Package pixelstest runs the program as it was built, with its models,
// tesseract and ffmpeg, on pictures that it draws. The tests need the build tag models, the
// program in HABEAS_BINARY and the models in HABEAS_MODELS: .ci/run shows how.
package pixelstest
