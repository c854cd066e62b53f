package agents

// prompts are the operations of prompts.
func prompts() operations { return operations{} }
