using BenchmarkDotNet.Attributes;

namespace Lepton.Orleans.Benchmarks;

/// <summary>What an acknowledged event costs until it is counted: buffer, messages, shards, with rows that are full and cold.</summary>
[MemoryDiagnoser, SimpleJob(warmupCount: 2, iterationCount: 10)]
public class CounterBenchmarks
{
    private const int Items = 92_000;
    private const int Events = 20_000;
    private CountingSilo _silo = null!;

    [GlobalSetup]
    public void Setup()
    {
        _silo = CountingSilo.Create(Items, Events);
        _silo.Fill(eventsPerItem: 15);
    }

    [IterationSetup]
    public void NextEvents() => _silo.NextEvents();

    [Benchmark(OperationsPerInvoke = Events)]
    public void Count_an_event() => _silo.Count();
}
