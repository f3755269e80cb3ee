// Package browsertest proves the pages of package html in a real Chromium: that
// they work from file://, ask for nothing, run nothing that an uploader wrote,
// pass axe-core, and can be decided on by keyboard alone.
//
// Its tests stand behind the build tag "browser" and need two things that are not
// in the repository: Chromium (HABEAS_CHROMIUM, or `chromium` on the path) and
// axe-core's axe.min.js (HABEAS_AXE). Without them they fail. `.ci/run` gets both:
//
//	HABEAS_AXE=/path/to/axe.min.js go test -tags browser ./reports/html/browsertest
package browsertest
