package kms

import "slices"

// regionOf is an account in a Region.
type regionOf struct{ account, region string }

// region is the index of what an account has in a Region, in the order of lists.
type region struct {
	keys, aliases []string // ids and names, sorted
	// customer counts the customer managed keys, those that are being created included.
	customer int
}

// region returns the index of an account's Region. s.mu is held.
func (s *Service) region(account, name string) *region {
	id := regionOf{account, name}
	r := s.regions[id]
	if r == nil {
		r = &region{}
		s.regions[id] = r
	}
	return r
}

// sortRegions makes the index of what was loaded; from then on enter and leave keep it.
func (s *Service) sortRegions() {
	s.regions = map[regionOf]*region{}
	for id, e := range s.keys {
		r := s.region(id.account, id.region)
		r.keys = append(r.keys, id.id)
		if !e.now.Load().aws() {
			r.customer++
		}
	}
	for id := range s.aliases {
		r := s.region(id.account, id.region)
		r.aliases = append(r.aliases, id.name)
	}
	for _, r := range s.regions {
		slices.Sort(r.keys)
		slices.Sort(r.aliases)
	}
}

func insertSorted(list []string, x string) []string {
	i, found := slices.BinarySearch(list, x)
	if found {
		return list
	}
	return slices.Insert(list, i, x)
}

func removeSorted(list []string, x string) []string {
	i, found := slices.BinarySearch(list, x)
	if !found {
		return list
	}
	return slices.Delete(list, i, i+1)
}

// enterAlias makes an alias known or replaces it, leaveAlias forgets it. s.mu is held.
func (s *Service) enterAlias(a *Alias) {
	s.aliases[aliasID{a.Account, a.Region, a.Name}] = a
	r := s.region(a.Account, a.Region)
	r.aliases = insertSorted(r.aliases, a.Name)
}

func (s *Service) leaveAlias(id aliasID) {
	delete(s.aliases, id)
	r := s.region(id.account, id.region)
	r.aliases = removeSorted(r.aliases, id.name)
}
