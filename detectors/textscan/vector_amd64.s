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

// func maskTrigrams(dst *uint64, text *byte, n int, t *trigrams)
TEXT ·maskTrigrams(SB), NOSPLIT, $0-32
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
	CONSTANTS
	TESTQ CX, CX
	JLE  done3

loop3:
	VMOVDQU (SI), Y6
	VMOVDQU 1(SI), Y7
	VMOVDQU 2(SI), Y8
	LOOKUP(Y6, Y0, Y3, Y12)
	LOOKUP(Y7, Y1, Y4, Y12)
	LOOKUP(Y8, Y2, Y5, Y12)
	VPAND Y7, Y6, Y6
	VPAND Y8, Y6, Y6
	VMOVDQU 32(SI), Y9
	VMOVDQU 33(SI), Y10
	VMOVDQU 34(SI), Y11
	LOOKUP(Y9, Y0, Y3, Y12)
	LOOKUP(Y10, Y1, Y4, Y12)
	LOOKUP(Y11, Y2, Y5, Y12)
	VPAND Y10, Y9, Y9
	VPAND Y11, Y9, Y9
	VPCMPEQB Y14, Y6, Y6
	VPCMPEQB Y14, Y9, Y9
	VPMOVMSKB Y6, AX
	VPMOVMSKB Y9, BX
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
