// Clusters and brokers: one after the other, or their deadlines mean nothing.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
