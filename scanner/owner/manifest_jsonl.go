package owner

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// readJSONL reads one JSON object a line. All rows have a key, or none has.
func (l *loader) readJSONL(r io.Reader) (hasKeys bool, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxRecord)
	line, rows := 0, 0
	for lines.Scan() {
		line++
		text := lines.Bytes()
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		f, err := l.row(text)
		if err != nil {
			return false, l.fail(line, err)
		}
		hasKey := f.one(fieldKey) != "" || f.one(fieldKeyBase64) != ""
		if rows++; rows == 1 {
			hasKeys = hasKey
		}
		if hasKey != hasKeys {
			return false, l.fail(line, errors.New("some rows have a key and some have none: make two manifests of them"))
		}
		if err := l.add(line, f, hasKeys); err != nil {
			return false, err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return false, l.fail(line+1, fmt.Errorf("the line has more than %d bytes: write one object a line", maxRecord))
	case err != nil:
		return false, l.fail(line+1, fmt.Errorf("can't be read: %w", err))
	case rows == 0:
		return false, l.fail(1, errors.New("the file is empty"))
	}
	return hasKeys, nil
}

// row reads the members of one JSON object that are of use.
func (l *loader) row(text []byte) (*fields, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8: give keys that are not as key_base64")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, errors.New("no JSON object, or more than one")
	}
	f := &fields{}
	for name, value := range members {
		field := l.member(name)
		if field < 0 {
			continue
		}
		values, err := values(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fieldNames(field)[0], err)
		}
		switch {
		case len(values) == 0:
			continue
		case f[field] != nil:
			return nil, fmt.Errorf("two members are the %s", fieldNames(field)[0])
		case len(values) > 1 && !isList(field):
			return nil, fmt.Errorf("%s has several values", fieldNames(field)[0])
		case !isList(field) && strings.ContainsRune(values[0], utf8.RuneError):
			// An escape of half a character gives it too, and then two keys would be one.
			return nil, fmt.Errorf("%s has a character that is none (U+FFFD): give keys that are not UTF-8 as key_base64", fieldNames(field)[0])
		}
		f[field] = values
	}
	return f, nil
}

// member tells what a member is, as columns does of a column. Names come again in
// every row, so the first ones are remembered.
func (l *loader) member(name string) int {
	if field, ok := l.members[name]; ok {
		return field
	}
	field, ok := l.opts.columns[name]
	if !ok {
		field = l.usual(name)
	}
	if l.members == nil {
		l.members = map[string]int{}
	}
	if len(l.members) < 1000 {
		l.members[name] = field
	}
	return field
}

// values gives a string, a number, or a list of them as strings; null is none.
func values(raw json.RawMessage) ([]string, error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil, nil
	case raw[0] == '[':
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, errors.New("no list")
		}
		var all []string
		for _, item := range list {
			if item = bytes.TrimSpace(item); len(item) > 0 && item[0] == '[' {
				return nil, errors.New("a list in a list")
			}
			some, err := values(item)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, errors.New("no string")
		}
		return []string{s}, nil
	case slices.Contains([]byte("-0123456789"), raw[0]):
		return []string{string(raw)}, nil // 42 and 1e3 as they are written
	}
	return nil, errors.New("neither a string nor a number nor a list of them")
}
