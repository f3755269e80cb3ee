package main

import (
	"slices"
	"testing"
)

func TestViewers(t *testing.T) {
	for system, want := range map[string][]string{
		"linux": {"xdg-open", "/r/index.html"}, "freebsd": {"xdg-open", "/r/index.html"}, "darwin": {"open", "/r/index.html"},
		"windows": {"rundll32", "url.dll,FileProtocolHandler", "/r/index.html"},
	} {
		name, args := viewer(system, "/r/index.html")
		if got := append([]string{name}, args...); !slices.Equal(got, want) {
			t.Errorf("%s: %q", system, got)
		}
	}
}
