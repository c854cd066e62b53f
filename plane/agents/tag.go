package agents

// tags are the operations of tags.
func tags() operations { return operations{} }
