// Every test starts servers and loads them: one after the other, or their deadlines mean nothing.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
