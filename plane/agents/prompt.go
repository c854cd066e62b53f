package agents

// prompts are the operations of prompts.
func prompts() operations { return operations{} }

const kindPrompt, kindPromptVersion = "prompt", "prompt-version"
