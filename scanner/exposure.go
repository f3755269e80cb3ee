package scanner

import (
	"context"

	"habeas/reports"
	"habeas/sources"
)

// ExposureOf asks src who may read what it holds. A source that can't tell, or was
// not let, gives the unknown one: the error is the context's only, since whatever
// else is wrong a scan meets by itself.
func ExposureOf(ctx context.Context, src sources.Source) (reports.Exposure, error) {
	e := reports.Exposure{Source: src.Name(), Audience: reports.AudienceUnknown}
	x, ok := src.(sources.Exposer)
	if !ok {
		return e, nil
	}
	told, err := x.Exposure(ctx)
	switch {
	case ctx.Err() != nil:
		return e, context.Cause(ctx)
	case err == nil:
		e.Audience, e.Because, e.Unknown = reports.Audience(told.Audience), told.Because, told.Unknown
	}
	return e, nil
}
