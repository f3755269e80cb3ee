package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"habeas/sources/s3/faultys3"
)

func TestBudgetStopsAndGoesOn(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{PageSize: 100})
	for i := range 300 {
		srv.Put(fmt.Sprintf("users/u%d/%03d.txt", i%3, i), faultys3.Object{Data: fmt.Appendf(nil, "mail p%d@example.org\n", i)})
	}
	dir := t.TempDir()
	scan := func(more ...string) (int, string, string) {
		args := append([]string{"scan", srv.URL(), "--endpoint", srv.Endpoint, "--anonymous", "--no-report", "--json", "--in-process", "--in-flight", "4",
			"--record", filepath.Join(dir, "r"), "--key", filepath.Join(dir, "key")}, more...)
		return habeas(t, []string{"SOURCE_DATE_EPOCH=1"}, args...)
	}
	for _, limit := range [][]string{{"--max-requests", "40"}, {"--max-cost", "0.0001"}} {
		before := srv.Requests()
		code, out, talk := scan(limit...)
		if code != exitIncomplete || !strings.Contains(talk, "used up") || !strings.Contains(out, `"complete":false`) {
			t.Fatalf("%v: exit code %d: %s", limit, code, talk)
		}
		if n := srv.Requests() - before; limit[0] == "--max-requests" && n > 40 {
			t.Errorf("%d requests", n)
		}
	}
	code, out, talk := scan()
	if code != exitDone || len(objects(t, out)) != 300 || !strings.Contains(out, `"complete":true`) || strings.Contains(talk, "habeas: 0 of 300") {
		t.Errorf("exit code %d: %s", code, talk)
	}
}

func TestDryRunOpensNothing(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{PageSize: 100})
	for i := range 250 {
		srv.Put(fmt.Sprintf("a/%03d.jpg", i), faultys3.Object{Data: make([]byte, 100_000)})
	}
	srv.Put("b/cold.jpg", faultys3.Object{Data: make([]byte, 100_000), Fate: faultys3.Archived})
	code, out, talk := habeas(t, nil, "scan", srv.URL(), "--endpoint", srv.Endpoint, "--anonymous", "--dry-run", "--json")
	if code != exitDone {
		t.Fatalf("%d %s", code, talk)
	}
	var got struct {
		Estimates []estimate
		Cost      float64
		Seconds   float64
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	var objects, lists int64
	var gets float64
	for _, e := range got.Estimates {
		objects, lists, gets = objects+e.Objects, lists+e.Lists, gets+e.Gets
	}
	if objects != 251 || gets < 250 || gets > 300 || got.Cost <= 0 || got.Seconds <= 0 || lists < 1 {
		t.Errorf("%+v", got)
	}
	if n := srv.Requests(); n > 4 {
		t.Errorf("a dry run sent %d requests", n)
	}
	if code, out, _ := habeas(t, nil, "scan", filepath.Join(testdata(t), "uploads"), "--dry-run"); code != exitDone || !strings.Contains(out, "14") {
		t.Errorf("a folder: %d %s", code, out)
	}
}
