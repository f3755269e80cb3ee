//go:build race

package sandbox

// manyAddresses: the race detector maps terabytes, so that their number can't be
// limited.
const manyAddresses = true
