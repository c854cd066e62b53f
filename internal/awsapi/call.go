package awsapi

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/bedlock/bedlock/internal/model"
)

// caller calls the APIs of one account in one Region. Clients are made when they are needed and
// go with it: thousands of accounts and Regions do not add up.
type caller struct {
	account, region, partition string
	config                     aws.Config
	gate                       gate
	buckets                    buckets
	apis                       *apis

	mu      sync.Mutex
	clients map[string]any
}

// call calls an operation and hands each page of its answer to page.
func (c *caller) call(ctx context.Context, s *service, operation string, in map[string]any, page func(document) error) error {
	read, ok := s.reads[operation]
	if !ok {
		return c.callByModel(ctx, s, operation, in, page)
	}
	m, err := modelOf(s)
	if err != nil {
		return err
	}
	d := documenter{model: m, lower: s.lower}
	return read.call(ctx, c.client(s), in, func(output any) error {
		doc, err := d.of(operation, output)
		if err != nil {
			return err
		}
		return page(doc)
	})
}

// get is call of an operation with one page.
func (c *caller) get(ctx context.Context, s *service, operation string, in map[string]any) (doc document, err error) {
	err = c.call(ctx, s, operation, in, func(d document) error {
		doc = d
		return nil
	})
	return doc, err
}

func (c *caller) client(s *service) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client := c.clients[s.model]; client != nil {
		return client
	}
	cfg := c.config.Copy()
	cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)], guard(s, c.gate, &c.buckets))
	if c.clients == nil {
		c.clients = map[string]any{}
	}
	c.clients[s.model] = s.client(cfg)
	return c.clients[s.model]
}

// modelOf returns the model of an API; nil for the few of which there is none.
func modelOf(s *service) (*model.Service, error) {
	if s.modelless {
		return nil, nil
	}
	m, err := model.Load(s.model)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", s.model, err)
	}
	return m, nil
}
