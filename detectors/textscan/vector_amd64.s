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
