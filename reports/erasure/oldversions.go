package erasure

import (
	"bufio"
	"fmt"
	"io"

	"habeas/reports/keptfile"
)

// OldVersion is content that a strip replaced and that the store still keeps.
type OldVersion struct {
	Source  string
	Key     string
	Version string // "" where the listing did not tell: the ETag decides
	ETag    string
}

// ReadOldVersions reads the list that `habeas strip` writes, JSON Lines.
func ReadOldVersions(r io.Reader) ([]OldVersion, error) {
	var out []OldVersion
	in := bufio.NewScanner(io.LimitReader(r, MaxPlan))
	in.Buffer(make([]byte, 64<<10), 64<<10)
	for n := 1; in.Scan(); n++ {
		if len(in.Bytes()) == 0 {
			continue
		}
		var l struct {
			Schema  int    `json:"schema"`
			Source  string `json:"source"`
			Key     []byte `json:"key_base64"`
			Version string `json:"version"`
			ETag    string `json:"etag"`
			Why     string `json:"why"`
		}
		if err := keptfile.Decode(in.Bytes(), &l); err != nil || l.Schema != 1 || l.Source == "" || len(l.Key) == 0 || l.ETag == "" {
			return nil, fmt.Errorf("line %d is no old version as `habeas strip` writes them", n)
		}
		out = append(out, OldVersion{l.Source, string(l.Key), l.Version, l.ETag})
	}
	return out, in.Err()
}
