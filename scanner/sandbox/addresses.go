//go:build !race

package sandbox

// manyAddresses is false: no build but the race detector's needs more than
// DefaultAddresses.
const manyAddresses = false
