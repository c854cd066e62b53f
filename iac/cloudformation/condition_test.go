package cloudformation

import "testing"

// A condition is decided by what its operands can be, not only by what they are.
func TestConditionsThatTextsDecide(t *testing.T) {
	const head = `
Parameters:
  Mode: {Type: String, AllowedValues: [a, b]}
  Only: {Type: String, AllowedValues: [one]}
  Free: {Type: String}
Conditions:
  IsA: !Equals [!Ref Mode, a]
  IsB: !Equals [b, !Ref Mode]
  IsC: !Equals [!Ref Mode, c]
  IsOne: !Equals [!Ref Only, one]
  NoKey: !Equals [!GetAtt Key.Arn, ""]
  NoName: !Equals ["", !Sub "x-${Free}"]
  NoFree: !Equals [!Ref Free, ""]
  Odd: !Equals [!Sub "${Free}", ""]
Resources:
  Key: {Type: AWS::KMS::Key}
  R:
    Type: AWS::T::T
    Properties:
      V: `
	for _, c := range []struct{ expression, want string }{
		{`!If [IsC, x, y]`, `"y"`},   // no allowed value is c
		{`!If [IsOne, x, y]`, `"x"`}, // the only allowed value
		{`!If [IsA, !If [IsB, x, y], z]`, `<IsA is true => "y" | IsA is false => "z">`}, // a is not b
		{`!If [IsA, x, !If [IsB, y, z]]`, `<IsA is true => "x" | IsA is false => "y">`}, // what is not a is b
		{`!If [NoKey, x, y]`, `"y"`},  // an ARN is never empty
		{`!If [NoName, x, y]`, `"y"`}, // nor is a text with a known part
		{`!If [NoFree, x, y]`, `<NoFree is true => "x" | NoFree is false => "y">`},
		{`!If [Odd, x, y]`, `<Odd is true => "x" | Odd is false => "y">`},
	} {
		mods := evaluate(t, Options{}, "t.yaml", head+c.expression+"\n")
		if got, want := show(find(t, mods, "t.yaml#R").Attributes), "{V:"+c.want+"}"; got != want {
			t.Errorf("%s\ngot  %s\nwant %s", c.expression, got, want)
		}
	}
}

// What a parent passes under a condition of its own decides the child's conditions
// under that condition.
func TestConditionsOfPassedChoices(t *testing.T) {
	mods := evaluate(t, Options{}, "main.yaml", `
Parameters: {Make: {Type: String}}
Conditions: {Makes: !Equals [!Ref Make, "yes"]}
Resources:
  Key: {Type: AWS::KMS::Key, Condition: Makes}
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: child.yaml
      Parameters: {KeyArn: !If [Makes, !GetAtt Key.Arn, ""]}
`, "child.yaml", `
Parameters: {KeyArn: {Type: String}}
Conditions:
  Has: !Not [!Equals [!Ref KeyArn, ""]]
Resources:
  R: {Type: AWS::T::T, Properties: {V: !If [Has, !Ref KeyArn, none]}}
`)
	got := show(find(t, mods, "main.yaml#Child/R").Attributes)
	if want := `{V:<Child/Has is true => @Key.Arn | Child/Has is false => "none">}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
