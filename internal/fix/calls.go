package fix

// Calls are all calls that the step may make, each in the form that the plan has: those that read,
// those there and those back.
func (s *Step) Calls() []Call {
	var out []Call
	if s.State != nil {
		out = append(out, s.State.Read)
	}
	for i := range s.Given {
		out = append(out, s.Given[i].State.Read)
	}
	if s.Wait != nil {
		out = append(out, s.Wait.Read)
	}
	if s.Find != nil {
		id := Ref(s.ID, "KeyMetadata.KeyId")
		for _, operation := range []string{"ListResourceTags", "DescribeKey"} {
			out = append(out, kms(operation, wire.Object{"KeyId": id}))
		}
		out = append(out, kms("ListKeys", wire.Object{}))
	}
	if s.Take != nil {
		out = append(out, *s.Take)
	}
	out = append(out, s.Do...)
	return append(out, s.Undo...)
}
