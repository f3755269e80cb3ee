//go:build !race

package sandbox

// manyAddresses is false: no build but the race detector's needs more than
// maxAddresses.
const manyAddresses = false
