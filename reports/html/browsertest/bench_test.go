//go:build browser

package browsertest

import (
	"os"
	"testing"
)

// TestPageOfManyFindingsIsSmall holds the one part of the budget that does not
// depend on the machine.
func TestPageOfManyFindingsIsSmall(t *testing.T) {
	for _, p := range pagesOf(t, build(t, tenThousand())) {
		fi, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if fi.Size() > 2<<20 {
			t.Errorf("%s has %d bytes", p, fi.Size())
		}
	}
}

// BenchmarkTenThousandFindings opens the first page of an owner with 10,000
// findings and types into the filter: milliseconds to the first paint, until
// the controls stand, and from a key to the next frame.
func BenchmarkTenThousandFindings(b *testing.B) {
	br := start(b)
	page := ownerPage(b, build(b, tenThousand()), "ana")
	fi, err := os.Stat(page)
	if err != nil {
		b.Fatal(err)
	}
	var paint, ready, key float64
	for b.Loop() {
		tb := br.tab(b)
		tb.open(page)
		paint += eval[float64](tb, `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(performance.getEntriesByName('first-contentful-paint')[0].startTime))))`)
		ready += eval[float64](tb, `performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd`)
		key += eval[float64](tb, `(async () => {
			const el = document.getElementById('f-text');
			let worst = 0;
			for (const text of ['a', 'al', 'alb', 'albu', 'album 1', 'm77']) {
				const t0 = performance.now();
				el.value = text;
				el.dispatchEvent(new Event('input', { bubbles: true }));
				await new Promise(r => requestAnimationFrame(() => setTimeout(r)));
				worst = Math.max(worst, performance.now() - t0);
			}
			return worst;
		})()`)
		tb.silent()
	}
	n := float64(b.N)
	b.ReportMetric(float64(fi.Size()), "page-bytes")
	b.ReportMetric(paint/n, "first-paint-ms")
	b.ReportMetric(ready/n, "ready-ms")
	b.ReportMetric(key/n, "keystroke-ms")
}
