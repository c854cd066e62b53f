package secretsmanager

import "github.com/bedlock/bedlock/plane/emulate"

// mostTags is the quota of a secret.
const mostTags = 50

var tagger = emulate.Tagger{ARN: tagged, Allowed: emulate.AtMost(mostTags, invalid, "The number of tags exceeds the limit of %d.", mostTags)}

func tagged(r *emulate.Request, get emulate.Reader) (string, error) {
	rec, err := live(r, get)
	if err != nil {
		return "", err
	}
	return rec.Doc.Text("ARN"), nil
}
