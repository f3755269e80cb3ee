package main

import (
	"context"
	"errors"
	"sync"

	"habeas/scanner"
	"habeas/sources/s3"
)

// errBudget ends a scan of folders that has read what it may. What was done is
// recorded, and the same command with more goes on.
var errBudget = errors.New("budget used up")

// budget is what a scan may take, all sources together; zero limits set none.
type budget struct {
	maxBytes, maxRequests int64
	maxCost               float64
	prices                prices

	mu       sync.Mutex
	requests int64
	fees     float64 // of requests
}

// newBudget gives nil if there is no limit.
func (f *scanFlags) newBudget() (*budget, error) {
	if f.maxBytes < 0 || f.maxRequests < 0 || f.maxCost < 0 {
		return nil, usage("--max-bytes, --max-requests and --max-cost take numbers from 0, which sets no limit")
	}
	if f.maxBytes == 0 && f.maxRequests == 0 && f.maxCost == 0 {
		return nil, nil
	}
	table, err := loadPrices(f.prices)
	return &budget{maxBytes: f.maxBytes, maxRequests: f.maxRequests, maxCost: f.maxCost, prices: table}, err
}

// allow counts a request before it is sent and says whether it may be. Requests
// and fees never go over their limit, at the prices of class STANDARD; bytes go
// over by what is under way.
func (b *budget) allow(r s3.Request) bool {
	fee := b.prices.class("STANDARD").GetPer1000 / 1000
	if r.List {
		fee = b.prices.ListPer1000 / 1000
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	read := b.prices.cost("STANDARD", 0, float64(r.Read))
	if b.maxRequests > 0 && b.requests+1 > b.maxRequests || b.maxCost > 0 && b.fees+fee+read > b.maxCost || b.maxBytes > 0 && r.Read >= b.maxBytes {
		return false
	}
	b.requests++
	b.fees += fee
	return true
}

// watch makes a progress hook that also ends the scan at --max-bytes, for folders,
// which nobody is asked to allow.
func (b *budget) watch(hook func(scanner.Event), end context.CancelCauseFunc) func(scanner.Event) {
	if b == nil || b.maxBytes == 0 {
		return hook
	}
	return func(e scanner.Event) {
		hook(e)
		if e.Bytes >= b.maxBytes {
			end(errBudget)
		}
	}
}
