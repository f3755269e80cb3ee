package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"habeas/reports"
)

//go:embed prices.json
var priceFile embed.FS

// prices is what a store charges. docs/s3.md describes the file.
type prices struct {
	Note        string           `json:"note"`
	Currency    string           `json:"currency"`
	ListPer1000 float64          `json:"list_per_1000"`
	Classes     map[string]price `json:"classes"` // by storage class; STANDARD for those that are not listed
	TransferGB  float64          `json:"transfer_per_gb"`
}

// price is that of one storage class; a GB is 10^9 bytes.
type price struct {
	GetPer1000 float64 `json:"get_per_1000"`
	PerGB      float64 `json:"per_gb"`
}

// maxPriceFile bounds a table of prices: it has a dozen lines.
const maxPriceFile = 1 << 20

// loadPrices reads the user's table, or the one that comes with the program.
func loadPrices(path string) (prices, error) {
	var p prices
	text, err := priceFile.ReadFile("prices.json")
	if path != "" {
		var f *os.File
		if f, err = os.Open(path); err != nil {
			return p, usage("--prices: %s", reports.Show(err.Error()))
		}
		defer f.Close()
		text, err = io.ReadAll(io.LimitReader(f, maxPriceFile))
	}
	if err != nil {
		return p, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, usage("--prices %s: %s: docs/s3.md shows the table", reports.Show(path), reports.Show(err.Error()))
	}
	if _, ok := p.Classes["STANDARD"]; !ok || p.Currency == "" {
		return p, usage("--prices %s: it needs a currency and the class STANDARD: docs/s3.md shows the table", reports.Show(path))
	}
	return p, nil
}

func (p *prices) class(name string) price {
	if c, ok := p.Classes[name]; ok {
		return c
	}
	return p.Classes["STANDARD"]
}

// cost of requests and bytes on objects of one class.
func (p *prices) cost(class string, gets, bytesRead float64) float64 {
	c := p.class(class)
	return gets/1000*c.GetPer1000 + bytesRead/1e9*(c.PerGB+p.TransferGB)
}

func (p *prices) money(x float64) string { return fmt.Sprintf("%s %.4f", p.Currency, x) }
