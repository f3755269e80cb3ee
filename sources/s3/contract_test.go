package s3_test

import (
	"fmt"
	"testing"

	"habeas/sources/s3/faultys3"
	"habeas/sources/sourcetest"
)

// TestContract runs the suite against the scripted server, which holds every key
// that S3 can; contract_gateway_test.go has a real one.
func TestContract(t *testing.T) {
	sourcetest.Run(t, scripted(faultys3.Config{}))
}

func TestEditorContract(t *testing.T) {
	sourcetest.RunEditor(t, scripted(faultys3.Config{}))
}

func TestVersionedContract(t *testing.T) {
	sourcetest.RunVersioned(t, scripted(faultys3.Config{Versioning: "Enabled", PageSize: 2}))
}

// scripted makes stores of the scripted server, which holds every key.
func scripted(cfg faultys3.Config) sourcetest.Harness {
	return sourcetest.Harness{FileAndFolder: true, Big: 1 << 20, New: func(t *testing.T, objects map[string]string) *sourcetest.Store {
		srv := faultys3.New(t, cfg)
		for key, content := range objects {
			srv.Put(key, faultys3.Object{Data: []byte(content)})
		}
		uploads := 0
		return &sourcetest.Store{
			Source: source(t, srv, nil),
			Put: func(t *testing.T, key, content string) {
				srv.Put(key, faultys3.Object{Data: []byte(content)})
			},
			Delete: func(t *testing.T, key string) { srv.Delete(key) },
			Hide:   func(t *testing.T, key string) { srv.Hide(key) },
			Begin: func(t *testing.T, key string) {
				uploads++
				srv.Upload(key, fmt.Sprint("upload-", uploads))
			},
		}
	}}
}
