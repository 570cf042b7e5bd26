// Each server is a whole silo with its store: side by side they would only take each other's time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
