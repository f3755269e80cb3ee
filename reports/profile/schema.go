package profile

import "encoding/json"

// Schema is the form as a JSON Schema (2020-12), for editors and other programs.
// Parse is stricter in what a schema can't say: names that refer to each other,
// dates that don't exist.
func Schema() ([]byte, error) {
	top := schemaGroup(form())
	top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	top["$id"] = "urn:habeas:profile:1"
	top["title"] = "Controller profile of habeas"
	top["properties"].(map[string]any)["version"] = map[string]any{"const": 1, "description": "of the form: 1"}
	b, err := json.MarshalIndent(top, "", "  ")
	return append(b, '\n'), err
}

func schemaGroup(fields []field) map[string]any {
	properties := map[string]any{}
	required := []string{}
	for _, f := range fields {
		properties[f.name] = f.schema()
		if f.required {
			required = append(required, f.name)
		}
	}
	out := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func (f *field) schema() map[string]any {
	var out map[string]any
	switch f.shape {
	case group:
		out = schemaGroup(f.fields)
	case groups:
		out = map[string]any{"type": "array", "maxItems": maxList, "items": schemaGroup(f.fields)}
	case texts:
		out = map[string]any{"type": "array", "maxItems": maxList, "items": f.schemaText()}
	case flag:
		out = map[string]any{"type": "boolean"}
	case number:
		out = map[string]any{"type": "integer", "minimum": 0, "maximum": 1_000_000}
	default:
		out = f.schemaText()
	}
	out["description"] = f.about
	return out
}

func (f *field) schemaText() map[string]any {
	out := map[string]any{"type": []string{"string", "number"}, "pattern": `\S`, "maxLength": maxText}
	if f.oneOf != nil {
		out = map[string]any{"type": "string", "enum": f.oneOf}
	}
	if f.format != nil {
		out["type"], out["pattern"] = "string", f.format.pattern
	}
	return out
}
