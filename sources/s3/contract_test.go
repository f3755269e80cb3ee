package s3_test

import (
	"testing"

	"habeas/sources/s3/faultys3"
	"habeas/sources/sourcetest"
)

// TestContract runs the suite against the scripted server, which holds every key
// that S3 can; contract_gateway_test.go has a real one.
func TestContract(t *testing.T) {
	sourcetest.Run(t, sourcetest.Harness{FileAndFolder: true, Big: 1 << 20, New: func(t *testing.T, objects map[string]string) *sourcetest.Store {
		srv := faultys3.New(t, faultys3.Config{})
		for key, content := range objects {
			srv.Put(key, faultys3.Object{Data: []byte(content)})
		}
		return &sourcetest.Store{
			Source: source(t, srv, nil),
			Put: func(t *testing.T, key, content string) {
				srv.Put(key, faultys3.Object{Data: []byte(content)})
			},
			Delete: func(t *testing.T, key string) { srv.Delete(key) },
		}
	}})
}
