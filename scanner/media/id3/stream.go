package id3

// stream tells a bare stream of MPEG audio (ISO/IEC 11172-3, 2.4.1.3) or of AAC
// with ADTS headers (ISO/IEC 13818-7, 6.2): three frames in a row, or two where
// head ends before the third. Zeros may stand before it.
func stream(head []byte) bool {
	start := 0
	for start < len(head) && head[start] == 0 {
		start++
	}
	if start > 1<<10 {
		return false
	}
	off := start
	for n := 0; n < 3; n++ {
		size := frameSize(head[min(off, len(head)):])
		if size == 0 {
			return n >= 2 && off+7 > len(head)
		}
		off += size
	}
	return true
}

// bitrates in kbit/s of MPEG 1 layers 1 to 3, then of MPEG 2 layer 1, and 2 and 3.
var bitrates = [5][15]int{
	{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}

// isSync tells whether what is left of a file is the start of a frame's header.
func isSync(b []byte) bool {
	return len(b) > 0 && b[0] == 0xff && (len(b) == 1 || b[1]&0xe0 == 0xe0)
}

// frameSize is the length of the frame that b begins with; 0 if there is none.
func frameSize(b []byte) int {
	if len(b) < 7 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return 0
	}
	version, layer := b[1]>>3&3, 4-int(b[1]>>1&3)
	if layer == 4 { // AAC: the layer is always 0
		if b[1]&0xf6 != 0xf0 || b[2]>>2&15 > 12 {
			return 0
		}
		if n := int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5])>>5; n >= 7 {
			return n
		}
		return 0
	}
	rate, sampling := int(b[2]>>4), int(b[2]>>2&3)
	if version == 1 || rate == 0 || rate == 15 || sampling == 3 {
		return 0
	}
	hertz := [3]int{44100, 48000, 32000}[sampling]
	row, samples := layer-1, 1152
	if version != 3 { // MPEG 2 and 2.5
		hertz /= 2
		if version == 0 {
			hertz /= 2
		}
		row = 3
		if layer > 1 {
			row = 4
		}
		if layer == 3 {
			samples = 576
		}
	}
	padding := int(b[2] >> 1 & 1)
	if layer == 1 {
		return (12*bitrates[row][rate]*1000/hertz + padding) * 4
	}
	return samples/8*bitrates[row][rate]*1000/hertz + padding
}
