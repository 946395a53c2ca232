package bundle

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// entries is a mapping whose keys stay in their order.
type entries []entry

type entry struct {
	key   string
	value any
}

// MarshalYAML implements [yaml.Marshaler].
func (e entries) MarshalYAML() (any, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, item := range e {
		value, err := encoded(item.value)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: item.key}, value)
	}
	return node, nil
}

// encoded is a value as a node. Mappings inside of mappings stay one tree, so that an alias finds its anchor.
func encoded(value any) (*yaml.Node, error) {
	switch v := value.(type) {
	case *yaml.Node:
		return v, nil
	case entries:
		node, err := v.MarshalYAML()
		if err != nil {
			return nil, err
		}
		return node.(*yaml.Node), nil
	}
	node := &yaml.Node{}
	return node, node.Encode(value)
}

// anchored encodes a value that other places of the file can stand for by the alias.
func anchored(name string, value any) (node, alias *yaml.Node, err error) {
	if node, err = encoded(value); err != nil {
		return nil, nil, err
	}
	node.Anchor = name
	return node, &yaml.Node{Kind: yaml.AliasNode, Value: name, Alias: node}, nil
}

func encode(content any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(content); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}
