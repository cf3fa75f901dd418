// Host VMs take the whole machine: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
