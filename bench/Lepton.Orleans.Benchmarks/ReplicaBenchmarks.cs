using BenchmarkDotNet.Attributes;

namespace Lepton.Orleans.Benchmarks;

/// <summary>What a replica's refresh costs after a second of 20,000 events over 92,000 items whose rows are full.</summary>
[MemoryDiagnoser, SimpleJob(warmupCount: 2, iterationCount: 10)]
public class ReplicaBenchmarks
{
    private const int Items = 92_000;
    private CountingSilo _silo = null!;

    [GlobalSetup]
    public void Setup()
    {
        _silo = CountingSilo.Create(Items, users: 20_000);
        _silo.Fill(eventsPerItem: 15);
        _silo.Refresh();
    }

    [IterationSetup]
    public void NextSecond()
    {
        _silo.NextEvents();
        _silo.Count();
        _silo.Tick();
    }

    [Benchmark]
    public void Refresh() => _silo.Refresh();
}
