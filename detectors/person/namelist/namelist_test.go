package namelist

import "testing"

func TestOf(t *testing.T) {
	for word, want := range map[string]Use{
		"Hannah": Given, "hannah": Given, "HANNAH": Given, "Müller": Family, "MÜLLER": Family, "Мария": Given,
		"harbour": 0, "": 0, "Qorlan": 0,
	} {
		if got := Of([]byte(word)); got&want != want || want == 0 && got != 0 {
			t.Errorf("%q: %b, want %b", word, got, want)
		}
	}
}

func TestTableIsSorted(t *testing.T) {
	for i := 1; i < len(table)/4; i++ {
		if at(i-1)&^3 >= at(i)&^3 || at(i)&3 == 0 {
			t.Fatalf("entry %d is out of order or says nothing", i)
		}
	}
}

func TestOfAllocatesNothing(t *testing.T) {
	word := []byte("Müller")
	if n := testing.AllocsPerRun(10, func() { Of(word) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
