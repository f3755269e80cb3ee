// Package onnx runs neural networks through the ONNX Runtime's shared library,
// which it loads without cgo. It knows as much of the library's C interface
// (onnxruntime_c_api.h, version 17 of the table) as it takes to run a model with
// tensors of float32 on the CPU.
package onnx

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"unsafe"
)

// Tensor is a dense array of float32 in row-major order.
type Tensor struct {
	Shape []int64 // each at least 1; their product is len(Data)
	Data  []float32
}

// valid reports whether the shape fits the data.
func (t Tensor) valid() bool {
	n := int64(1)
	for _, d := range t.Shape {
		if d < 1 || n > int64(len(t.Data)) {
			return false
		}
		n *= d
	}
	return n == int64(len(t.Data)) && n > 0
}

// Runtime is a loaded library. Its methods may be called from many goroutines.
// It is never unloaded.
type Runtime struct {
	call    func(fn uintptr, args ...uintptr) uintptr
	api     *[tableSize]uintptr
	env     uintptr
	memory  uintptr // OrtMemoryInfo of the CPU
	alloc   uintptr // the default OrtAllocator
	version string
}

// Places of functions in struct OrtApi. They are a promise of the library: new
// functions are appended.
const (
	fnGetErrorMessage           = 2
	fnCreateEnv                 = 3
	fnCreateSessionFromArray    = 8
	fnRun                       = 9
	fnCreateSessionOptions      = 10
	fnDisableMemPattern         = 17
	fnDisableCPUMemArena        = 19
	fnSetGraphOptimizationLevel = 23
	fnSetIntraOpNumThreads      = 24
	fnSetInterOpNumThreads      = 25
	fnSessionGetInputCount      = 30
	fnSessionGetOutputCount     = 31
	fnSessionGetInputTypeInfo   = 33
	fnSessionGetInputName       = 36
	fnSessionGetOutputName      = 37
	fnCreateRunOptions          = 39
	fnRunOptionsSetTerminate    = 46
	fnCreateTensorWithData      = 49
	fnGetTensorMutableData      = 51
	fnCastTypeInfoToTensorInfo  = 55
	fnGetTensorElementType      = 60
	fnGetDimensionsCount        = 61
	fnGetDimensions             = 62
	fnGetTensorTypeAndShape     = 65
	fnCreateCPUMemoryInfo       = 69
	fnAllocatorFree             = 76
	fnGetDefaultAllocator       = 78
	fnReleaseStatus             = 93
	fnReleaseSession            = 95
	fnReleaseValue              = 96
	fnReleaseRunOptions         = 97
	fnReleaseTypeInfo           = 98
	fnReleaseTensorInfo         = 99
	fnReleaseSessionOptions     = 100
	tableSize                   = 102

	apiVersion    = 17 // of the table: any library from 1.17 on has it
	typeFloat     = 1  // ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT
	levelError    = 3  // ORT_LOGGING_LEVEL_ERROR
	optimizeAll   = 99 // ORT_ENABLE_ALL
	deviceAlloc   = 0  // OrtDeviceAllocator: no arena
	memoryDefault = 0  // OrtMemTypeDefault

	maxRank    = 8
	maxOutputs = 32
	maxValues  = 64 << 20 // of one output
)

// Load opens the shared library at path.
func Load(path string) (*Runtime, error) {
	base, call, err := open(path)
	if err != nil {
		return nil, err
	}
	// struct OrtApiBase { const OrtApi* (*GetApi)(uint32_t); const char* (*GetVersionString)(void); }
	table := (*[2]uintptr)(pointer(call(base)))
	if table == nil {
		return nil, errors.New("onnx: the library has no interface")
	}
	r := &Runtime{call: call, version: goString(call(table[1]), 64)}
	if r.api = (*[tableSize]uintptr)(pointer(call(table[0], apiVersion))); r.api == nil {
		return nil, fmt.Errorf("onnx: the library, version %.20q, is older than 1.17", r.version)
	}
	name := cString("habeas")
	if err := r.do(fnCreateEnv, levelError, uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&r.env))); err != nil {
		return nil, err
	}
	if err := r.do(fnCreateCPUMemoryInfo, deviceAlloc, memoryDefault, uintptr(unsafe.Pointer(&r.memory))); err != nil {
		return nil, err
	}
	if err := r.do(fnGetDefaultAllocator, uintptr(unsafe.Pointer(&r.alloc))); err != nil {
		return nil, err
	}
	return r, nil
}

// Version is what the library says of itself: "1.30.0".
func (r *Runtime) Version() string { return r.version }

// Error is what the library said. It is about models and shapes, never about the
// pictures in them.
type Error struct{ Msg string }

func (e *Error) Error() string { return "onnx: " + e.Msg }

// do calls a function that returns an OrtStatus. What is written as
// uintptr(unsafe.Pointer(&x)) among its arguments stays where it is meanwhile.
//
//go:uintptrescapes
func (r *Runtime) do(fn int, args ...uintptr) error {
	status := r.call(r.api[fn], args...)
	if status == 0 {
		return nil
	}
	msg := goString(r.call(r.api[fnGetErrorMessage], status), 512)
	r.call(r.api[fnReleaseStatus], status)
	return &Error{msg}
}

// release gives back what one of the Create functions made.
func (r *Runtime) release(fn int, handle uintptr) {
	if handle != 0 {
		r.call(r.api[fn], handle)
	}
}

// Session is a model that is ready to run, on one thread. Run may be called from
// many goroutines.
type Session struct {
	rt      *Runtime
	handle  uintptr
	input   []byte   // its name, with a NUL
	outputs [][]byte // theirs
	shape   []int64  // of the input; -1 where any will do
}

// Session prepares the model, an ONNX file, with one input.
func (r *Runtime) Session(model []byte) (*Session, error) {
	if len(model) == 0 {
		return nil, errors.New("onnx: the model is empty")
	}
	var options uintptr
	if err := r.do(fnCreateSessionOptions, uintptr(unsafe.Pointer(&options))); err != nil {
		return nil, err
	}
	defer r.release(fnReleaseSessionOptions, options)
	for _, step := range [][]uintptr{
		{fnSetIntraOpNumThreads, 1},
		{fnSetInterOpNumThreads, 1},
		{fnSetGraphOptimizationLevel, optimizeAll},
		// Pictures come in all shapes: what is kept of one is no use to the next.
		{fnDisableMemPattern},
		{fnDisableCPUMemArena},
	} {
		if err := r.do(int(step[0]), append([]uintptr{options}, step[1:]...)...); err != nil {
			return nil, err
		}
	}
	s := &Session{rt: r}
	if err := r.do(fnCreateSessionFromArray, r.env, uintptr(unsafe.Pointer(&model[0])), uintptr(len(model)), options, uintptr(unsafe.Pointer(&s.handle))); err != nil {
		return nil, err
	}
	runtime.KeepAlive(model)
	if err := s.describe(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close frees the model. No Run may be under way.
func (s *Session) Close() {
	s.rt.release(fnReleaseSession, s.handle)
	s.handle = 0
}

// Input is the shape that the model takes, -1 where any size will do.
func (s *Session) Input() []int64 { return append([]int64(nil), s.shape...) }

// describe asks for names and shapes.
func (s *Session) describe() error {
	r := s.rt
	var in, out uintptr
	if err := errors.Join(r.do(fnSessionGetInputCount, s.handle, uintptr(unsafe.Pointer(&in))), r.do(fnSessionGetOutputCount, s.handle, uintptr(unsafe.Pointer(&out)))); err != nil {
		return err
	}
	if in != 1 || out < 1 || out > maxOutputs {
		return fmt.Errorf("onnx: a model with %d inputs and %d outputs is none of ours", in, out)
	}
	var err error
	if s.input, err = s.name(fnSessionGetInputName, 0); err != nil {
		return err
	}
	for i := range out {
		n, err := s.name(fnSessionGetOutputName, i)
		if err != nil {
			return err
		}
		s.outputs = append(s.outputs, n)
	}
	var info, tensor uintptr
	if err := r.do(fnSessionGetInputTypeInfo, s.handle, 0, uintptr(unsafe.Pointer(&info))); err != nil {
		return err
	}
	defer r.release(fnReleaseTypeInfo, info)
	if err := r.do(fnCastTypeInfoToTensorInfo, info, uintptr(unsafe.Pointer(&tensor))); err != nil {
		return err
	}
	if tensor == 0 {
		return errors.New("onnx: the model takes something else than a tensor")
	}
	s.shape, err = r.dimensions(tensor)
	return err
}

// name is the i-th name of the session's inputs or outputs.
func (s *Session) name(fn int, i uintptr) ([]byte, error) {
	var p uintptr
	if err := s.rt.do(fn, s.handle, i, s.rt.alloc, uintptr(unsafe.Pointer(&p))); err != nil {
		return nil, err
	}
	n := cString(goString(p, 1024))
	return n, s.rt.do(fnAllocatorFree, s.rt.alloc, p)
}

// dimensions reads the shape of an OrtTensorTypeAndShapeInfo of floats.
func (r *Runtime) dimensions(info uintptr) ([]int64, error) {
	var kind uint32
	var n uintptr
	if err := errors.Join(r.do(fnGetTensorElementType, info, uintptr(unsafe.Pointer(&kind))), r.do(fnGetDimensionsCount, info, uintptr(unsafe.Pointer(&n)))); err != nil {
		return nil, err
	}
	if kind != typeFloat || n < 1 || n > maxRank {
		return nil, errors.New("onnx: a tensor is not of float32")
	}
	dims := make([]int64, n)
	return dims, r.do(fnGetDimensions, info, uintptr(unsafe.Pointer(&dims[0])), n)
}

// Run computes the outputs for one input, in the model's order. When ctx ends,
// it stops after the operation under way.
func (s *Session) Run(ctx context.Context, in Tensor) ([]Tensor, error) {
	r := s.rt
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !in.valid() || len(in.Shape) > maxRank {
		return nil, errors.New("onnx: the shape of the input does not fit its data")
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&in.Data[0])
	var value, options uintptr
	if err := r.do(fnCreateTensorWithData, r.memory, uintptr(unsafe.Pointer(&in.Data[0])), uintptr(len(in.Data))*4,
		uintptr(unsafe.Pointer(&in.Shape[0])), uintptr(len(in.Shape)), typeFloat, uintptr(unsafe.Pointer(&value))); err != nil {
		return nil, err
	}
	defer r.release(fnReleaseValue, value)
	if err := r.do(fnCreateRunOptions, uintptr(unsafe.Pointer(&options))); err != nil {
		return nil, err
	}
	defer r.release(fnReleaseRunOptions, options)
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = r.do(fnRunOptionsSetTerminate, options)
	})
	out, err := s.run(value, options)
	if !stop() {
		<-ended // options must outlive it
		return nil, ctx.Err()
	}
	return out, err
}

// run calls OrtApi::Run and copies what comes out.
func (s *Session) run(value, options uintptr) ([]Tensor, error) {
	r := s.rt
	n := len(s.outputs)
	names := make([]*byte, n)
	var pin runtime.Pinner
	defer pin.Unpin()
	for i, name := range s.outputs {
		pin.Pin(&name[0])
		names[i] = &name[0]
	}
	input := &s.input[0]
	pin.Pin(input)
	values := make([]uintptr, n)
	defer func() {
		for _, v := range values {
			r.release(fnReleaseValue, v)
		}
	}()
	if err := r.do(fnRun, s.handle, options, uintptr(unsafe.Pointer(&input)), uintptr(unsafe.Pointer(&value)), 1, uintptr(unsafe.Pointer(&names[0])), uintptr(n), uintptr(unsafe.Pointer(&values[0]))); err != nil {
		return nil, err
	}
	out := make([]Tensor, n)
	for i, v := range values {
		var err error
		if out[i], err = r.tensor(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tensor copies an OrtValue.
func (r *Runtime) tensor(v uintptr) (Tensor, error) {
	var info, data uintptr
	if err := r.do(fnGetTensorTypeAndShape, v, uintptr(unsafe.Pointer(&info))); err != nil {
		return Tensor{}, err
	}
	defer r.release(fnReleaseTensorInfo, info)
	shape, err := r.dimensions(info)
	if err != nil {
		return Tensor{}, err
	}
	n := int64(1)
	for _, d := range shape {
		if d < 0 || d > 0 && n > maxValues/d {
			return Tensor{}, errors.New("onnx: an output is too large")
		}
		n *= d
	}
	t := Tensor{Shape: shape, Data: make([]float32, n)}
	if n == 0 {
		return t, nil
	}
	if err := r.do(fnGetTensorMutableData, v, uintptr(unsafe.Pointer(&data))); err != nil {
		return Tensor{}, err
	}
	copy(t.Data, unsafe.Slice((*float32)(pointer(data)), n))
	return t, nil
}

// pointer is memory of the library.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// cString is s with a NUL.
func cString(s string) []byte { return append([]byte(s), 0) }

// goString copies a C string, at most limit bytes of it.
func goString(p uintptr, limit int) string {
	if p == 0 {
		return ""
	}
	var b []byte
	for i := range limit {
		c := *(*byte)(unsafe.Add(pointer(p), i))
		if c == 0 {
			break
		}
		b = append(b, c)
	}
	return string(b)
}
