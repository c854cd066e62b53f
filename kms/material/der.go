package material

// element is the length of a DER element with so many bytes of content, below 65,536.
func element(content int) int {
	switch {
	case content < 0x80:
		return 2 + content
	case content < 0x100:
		return 3 + content
	}
	return 4 + content
}

// appendTag appends tag and length of a DER element.
func appendTag(b []byte, tag byte, content int) []byte {
	switch {
	case content < 0x80:
		return append(b, tag, byte(content))
	case content < 0x100:
		return append(b, tag, 0x81, byte(content))
	}
	return append(b, tag, 0x82, byte(content>>8), byte(content))
}

// appendElement appends a DER element.
func appendElement(b []byte, tag byte, content []byte) []byte {
	return append(appendTag(b, tag, len(content)), content...)
}
