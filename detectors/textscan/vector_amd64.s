#include "textflag.h"

// LOOKUP replaces the 32 bytes in x by their groups: the low halves looked up in
// lo and the high halves in hi, both joined. A byte beyond ASCII gives 0. Y15
// holds 0x0f in every byte; tmp is spoilt.
#define LOOKUP(x, lo, hi, tmp) \
	VPSHUFB x, lo, tmp   \
	VPSRLW  $4, x, x     \
	VPAND   Y15, x, x    \
	VPSHUFB x, hi, x     \
	VPAND   tmp, x, x

// CONSTANTS sets Y14 to zeroes and Y15 to 0x0f in every byte.
#define CONSTANTS \
	MOVQ         $0x0f0f0f0f0f0f0f0f, AX \
	MOVQ         AX, X15                 \
	VPBROADCASTQ X15, Y15                \
	VPXOR        Y14, Y14, Y14

// func maskVector(dst *uint64, text *byte, n int, t *nibbles)
TEXT ·maskVector(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ t+24(FP), DX
	VBROADCASTI128 (DX), Y0
	VBROADCASTI128 16(DX), Y1
	MOVQ 32(DX), R10
	CONSTANTS
	TESTQ CX, CX
	JLE  done1

loop1:
	VMOVDQU (SI), Y4
	VMOVDQU 32(SI), Y5
	VPMOVMSKB Y4, R8 // the highest bits: bytes beyond ASCII
	VPMOVMSKB Y5, R9
	SHLQ $32, R9
	ORQ  R9, R8
	ANDQ R10, R8
	LOOKUP(Y4, Y0, Y1, Y6)
	LOOKUP(Y5, Y0, Y1, Y7)
	VPCMPEQB Y14, Y4, Y4
	VPCMPEQB Y14, Y5, Y5
	VPMOVMSKB Y4, AX
	VPMOVMSKB Y5, BX
	SHLQ $32, BX
	ORQ  BX, AX
	NOTQ AX
	ORQ  R8, AX
	MOVQ AX, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  loop1

done1:
	VZEROUPPER
	RET

// HALF gives in A the groups that begin at each of the 32 bytes at off(SI): those
// that all four lookups agree on, where the fourth counts for long words only.
#define HALF(off, A, B) \
	VMOVDQU off+3(SI), A       \
	LOOKUP(A, Y3, Y7, B)       \
	VPOR    Y8, A, A           \
	VMOVDQU off+0(SI), Y12     \
	LOOKUP(Y12, Y0, Y4, B)     \
	VPAND   Y12, A, A          \
	VMOVDQU off+1(SI), Y12     \
	LOOKUP(Y12, Y1, Y5, B)     \
	VPAND   Y12, A, A          \
	VMOVDQU off+2(SI), Y12     \
	LOOKUP(Y12, Y2, Y6, B)     \
	VPAND   Y12, A, A          \
	VPCMPEQB Y14, A, A

// func maskStarts(dst *uint64, text *byte, n int, t *starts)
TEXT ·maskStarts(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ t+24(FP), DX
	VBROADCASTI128 (DX), Y0
	VBROADCASTI128 16(DX), Y1
	VBROADCASTI128 32(DX), Y2
	VBROADCASTI128 48(DX), Y3
	VBROADCASTI128 64(DX), Y4
	VBROADCASTI128 80(DX), Y5
	VBROADCASTI128 96(DX), Y6
	VBROADCASTI128 112(DX), Y7
	VBROADCASTI128 128(DX), Y8
	CONSTANTS
	TESTQ CX, CX
	JLE  done3

loop3:
	HALF(0, Y9, Y10)
	HALF(32, Y11, Y13)
	VPMOVMSKB Y9, AX
	VPMOVMSKB Y11, BX
	SHLQ $32, BX
	ORQ  BX, AX
	NOTQ AX
	MOVQ AX, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  loop3

done3:
	VZEROUPPER
	RET

// BITS gives in AX the highest bits of the 64 bytes in a and b. BX is spoilt.
#define BITS(a, b) \
	VPMOVMSKB b, BX  \
	VPMOVMSKB a, AX  \
	SHLQ      $32, BX \
	ORQ       BX, AX

// SHIFTED is BITS for another bit of each byte: the one that a shift by n makes the
// highest.
#define SHIFTED(n) \
	VPSLLW $n, Y4, Y6 \
	VPSLLW $n, Y5, Y7 \
	BITS(Y6, Y7)

// EITHER is BITS for two bits of each byte.
#define EITHER(n, m) \
	VPSLLW $n, Y4, Y6  \
	VPSLLW $m, Y4, Y13 \
	VPOR   Y13, Y6, Y6 \
	VPSLLW $n, Y5, Y7  \
	VPSLLW $m, Y5, Y13 \
	VPOR   Y13, Y7, Y7 \
	BITS(Y6, Y7)

// SAME gives in AX which bytes are those of c.
#define SAME(c) \
	VPCMPEQB c, Y4, Y6 \
	VPCMPEQB c, Y5, Y7 \
	BITS(Y6, Y7)

#define BYTES(b, x, y) \
	MOVQ         $b, AX \
	MOVQ         AX, x  \
	VPBROADCASTB x, y

// func classify(dst *uint64, stride int, text *byte, n int, t *nibbles)
TEXT ·classify(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ stride+8(FP), R8
	MOVQ text+16(FP), SI
	MOVQ n+24(FP), CX
	MOVQ t+32(FP), DX
	VBROADCASTI128 (DX), Y0
	VBROADCASTI128 16(DX), Y1
	CONSTANTS
	BYTES(0x20, X8, Y8)
	BYTES(0x2e, X9, Y9)
	BYTES(0x2d, X10, Y10)
	BYTES(0x3a, X11, Y11)
	BYTES(0x40, X12, Y12)
	SHLQ $3, R8
	LEAQ (R8)(R8*2), DX // three masks on
	TESTQ CX, CX
	JLE  done4

loop4:
	VMOVDQU (SI), Y4
	VMOVDQU 32(SI), Y5
	BITS(Y4, Y5) // beyond ASCII
	MOVQ AX, (DI)(DX*1)
	MOVQ AX, R9 // what is of a number
	SHIFTED(2)
	MOVQ AX, R10 // small letters have this bit
	SAME(Y8)
	MOVQ AX, (DI)(R8*4)
	ORQ  AX, R9
	SAME(Y9)
	LEAQ (DI)(R8*4), BX
	MOVQ AX, (BX)(R8*1) // the sixth mask: dots
	MOVQ AX, R11
	SAME(Y10)
	MOVQ AX, (DI)(DX*2) // dashes
	ORQ  AX, R11
	SAME(Y11)
	LEAQ (DI)(R8*4), BX
	MOVQ AX, (BX)(DX*1) // colons
	SAME(Y12)
	MOVQ AX, (DI)(R8*8) // @
	MOVQ AX, R12
	LOOKUP(Y4, Y0, Y1, Y6)
	LOOKUP(Y5, Y0, Y1, Y7)
	BITS(Y4, Y5)
	MOVQ AX, (DI) // digits
	ORQ  AX, R9
	EITHER(1, 2)
	MOVQ AX, (DI)(R8*1) // letters
	NOTQ R10
	ANDQ R10, AX
	MOVQ AX, (DI)(R8*2) // capitals
	SHIFTED(3) // + and /
	ORQ  AX, R11
	ORQ  AX, R12
	ORQ  R11, R9
	SHIFTED(4) // brackets
	ORQ  AX, R9
	EITHER(5, 6) // $, % and _
	ORQ  AX, R12
	SHIFTED(7) // the backslash
	LEAQ (DI)(R8*8), BX
	MOVQ R11, (BX)(R8*1)
	MOVQ R9, (BX)(R8*2)
	MOVQ R12, (BX)(DX*1)
	MOVQ AX, (BX)(R8*4)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  loop4

done4:
	VZEROUPPER
	RET
