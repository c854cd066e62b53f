package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	minChunk   = 8192 // bytes, all but the last; https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
	maxLine    = 1024 // bytes of a chunk's header or a trailer; ours
	maxTrailer = 16   // trailing headers; ours
)

// Payload reads a body and verifies it on the way, without the framing of
// chunks. What was read may be used only after Read has returned [io.EOF]: a
// body that is not as signed ends with an [*Error] instead.
type Payload struct {
	kind      PayloadKind
	body      *bufio.Reader
	claim     *claim
	key       signingKey
	remaining int64 // of the limit
	trailers  []string

	hash     hash.Hash
	want     []byte // hash of a signed payload, decoded
	decoded  int64  // bytes still to come, by x-amz-decoded-content-length
	chunk    int64  // bytes left of the chunk
	started  bool
	small    bool   // a chunk below the minimum was seen: only the last may follow
	previous []byte // signature before
	current  []byte // signature of the chunk being read
	trailer  http.Header
	err      error
}

func newPayload(body io.Reader, p payload, c *claim, key signingKey, limit int64) *Payload {
	if body == nil {
		body = http.NoBody
	}
	s := &Payload{
		kind: p.kind, body: bufio.NewReader(body), claim: c, key: key, remaining: limit,
		trailers: p.trailers, decoded: p.decoded, hash: sha256.New(), previous: []byte(c.signature),
	}
	if p.kind == SignedPayload {
		s.want, _ = hex.DecodeString(string(p.hash)) // checked when the kind was read
	}
	if p.kind.chunked() && p.decoded > limit {
		s.err = refuse(TooLarge, textTooLarge)
	}
	return s
}

// Trailer returns the headers after the last chunk, such as
// x-amz-checksum-crc32, without their signature, which is verified. Nil before
// [io.EOF]. With STREAMING-UNSIGNED-PAYLOAD-TRAILER the checksum is all that
// protects the body, and comparing it is the caller's task.
func (s *Payload) Trailer() http.Header {
	if !errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.trailer
}

// Read implements [io.Reader].
func (s *Payload) Read(b []byte) (int, error) {
	if s.err != nil || len(b) == 0 {
		return 0, s.err
	}
	var n int
	if s.kind.chunked() {
		n, s.err = s.readChunk(b)
	} else {
		n, s.err = s.readWhole(b)
	}
	return n, s.err
}

func (s *Payload) readWhole(b []byte) (int, error) {
	n, err := s.body.Read(b)
	if s.remaining -= int64(n); s.remaining < 0 {
		return 0, refuse(TooLarge, textTooLarge)
	}
	if s.kind == SignedPayload {
		s.hash.Write(b[:n])
		if errors.Is(err, io.EOF) && subtle.ConstantTimeCompare(s.hash.Sum(nil), s.want) != 1 {
			return n, refuse(PayloadMismatch, textHashDiffers)
		}
	}
	return n, err
}

func (s *Payload) readChunk(b []byte) (int, error) {
	if s.chunk == 0 {
		if err := s.nextChunk(); err != nil {
			return 0, err
		}
	}
	n, err := s.body.Read(b[:min(int64(len(b)), s.chunk)])
	s.chunk -= int64(n)
	s.decoded -= int64(n)
	if s.kind != UnsignedTrailer {
		s.hash.Write(b[:n])
	}
	if err != nil {
		return n, short(err)
	}
	return n, nil
}

// nextChunk ends the chunk that was read and opens the next. It returns io.EOF
// after the last chunk and the trailers.
func (s *Payload) nextChunk() error {
	if s.started {
		if err := s.endChunk(); err != nil {
			return err
		}
	}
	s.started = true

	line, err := s.line()
	if err != nil {
		return err
	}
	size, extension, _ := bytes.Cut(line, []byte(";"))
	if s.chunk, err = parseSize(size); err != nil {
		return err
	}
	if s.kind != UnsignedTrailer {
		signature, ok := bytes.CutPrefix(extension, []byte("chunk-signature="))
		if !ok {
			return refuse(BadChunk, textShortBody)
		}
		s.current = append(s.current[:0], signature...)
	} else if len(extension) > 0 {
		return refuse(BadChunk, textShortBody)
	}
	switch {
	case s.chunk == 0:
		return s.finish()
	case s.small:
		return refuse(ChunkTooSmall, textSmallChunk)
	case s.chunk > s.decoded:
		return refuse(BadChunk, textShortBody)
	}
	s.small = s.chunk < minChunk
	return nil
}

// endChunk reads the line end after a chunk's data and verifies the chunk.
func (s *Payload) endChunk() error {
	line, err := s.line()
	if err != nil {
		return err
	}
	if len(line) != 0 {
		return refuse(BadChunk, textShortBody)
	}
	return s.verifyChunk()
}

func (s *Payload) verifyChunk() error {
	if s.kind == UnsignedTrailer {
		return nil
	}
	const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	return s.verify(algorithm+"-PAYLOAD", emptyHash+"\n")
}

// verify compares the current signature with that of the hash and moves on to
// the next.
func (s *Payload) verify(kind, before string) error {
	text := append([]byte(kind), '\n')
	text = s.claim.signed.AppendFormat(text, basicISO)
	text = append(text, '\n')
	text = append(text, s.claim.scope()...)
	text = append(text, '\n')
	text = append(text, s.previous...)
	text = append(text, '\n')
	text = append(text, before...)
	text = hex.AppendEncode(text, s.hash.Sum(nil))
	s.hash.Reset()
	want := s.key.sign(text)
	if subtle.ConstantTimeCompare(want[:], s.current) != 1 {
		return refuse(Mismatch, textMismatch)
	}
	s.previous = append(s.previous[:0], want[:]...)
	return nil
}

// finish reads what follows the last, empty chunk.
func (s *Payload) finish() error {
	if s.decoded != 0 {
		return refuse(BadChunk, textShortBody)
	}
	if err := s.verifyChunk(); err != nil {
		return err
	}
	if err := s.readTrailers(); err != nil {
		return err
	}
	switch _, err := s.body.ReadByte(); {
	case err == nil:
		return refuse(BadChunk, textShortBody)
	case !errors.Is(err, io.EOF):
		return err
	}
	return io.EOF
}

// readTrailers reads up to the empty line and verifies the trailers'
// signature. Exactly the announced ones may come.
func (s *Payload) readTrailers() error {
	trailer := http.Header{}
	signed := false
	for {
		line, err := s.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := strings.Cut(string(line), ":")
		name, value = strings.ToLower(name), strings.Trim(value, " \t")
		switch {
		case !ok || signed || len(trailer) >= maxTrailer:
			return refuse(BadChunk, textShortBody)
		case name == "x-amz-trailer-signature":
			signed = true
			s.current = append(s.current[:0], value...)
		case !slices.Contains(s.trailers, name) || trailer.Get(name) != "":
			return refuse(BadChunk, textShortBody)
		default:
			trailer.Set(name, value)
			s.hash.Write([]byte(name + ":" + value + "\n"))
		}
	}
	if len(trailer) != len(s.trailers) || signed != (s.kind == SignedTrailer) {
		return refuse(BadChunk, textShortBody)
	}
	if signed {
		if err := s.verify(algorithm+"-TRAILER", ""); err != nil {
			return err
		}
	}
	s.trailer = trailer
	return nil
}

// line reads a line that ends with CR LF and returns it without; it is valid
// until the next read.
func (s *Payload) line() ([]byte, error) {
	line, err := s.body.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, refuse(BadChunk, textShortBody)
	case err != nil:
		return nil, short(err)
	}
	line, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok || len(line) > maxLine {
		return nil, refuse(BadChunk, textShortBody)
	}
	return line, nil
}

func parseSize(s []byte) (int64, error) {
	if !isHex(string(s)) { // ParseInt would take a sign
		return 0, refuse(BadChunk, textShortBody)
	}
	n, err := strconv.ParseInt(string(s), 16, 64)
	if err != nil {
		return 0, refuse(BadChunk, textShortBody)
	}
	return n, nil
}

// short makes the end of the body within a chunk a refusal.
func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(BadChunk, textShortBody)
	}
	return err
}
