using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class SampleLoadTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Items = 3000;
    private const int Users = 1500;
    private const string Loading = "Loading the sample catalogue";
    private const string LoadedElsewhere = "has loaded the sample meanwhile";
    private static readonly (string Key, string Value) Sample = ("Lepton:Sample", "true");
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_load_that_kill_9_cut_off_is_finished_by_another_silo_on_the_same_redis()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var first = await StartAsync(SiloProcess.On(redis, Sample));
        await Eventually.TrueAsync(async token => await first.Client.AllUsersAsync(token).AnyAsync(token), "some people must be loaded", Deadline, Cancelled);
        await first.KillAsync();

        // Its data directory is another one: what there is to know is in Redis.
        var second = await StartAsync(SiloProcess.On(redis, Sample));
        await LoadedAsync(second);

        Assert.True(Says(second, Loading));
        Assert.Equal(Items, await second.Client.AllItemsAsync(Cancelled).CountAsync(Cancelled));
        Assert.Equal(Users, await second.Client.AllUsersAsync(Cancelled).CountAsync(Cancelled));
    }

    [Fact]
    public async Task Of_two_silos_that_start_at_once_on_an_empty_redis_one_loads_the_sample()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var silos = await Task.WhenAll(StartAsync(SiloProcess.On(redis, Sample)), StartAsync(SiloProcess.On(redis, Sample)));
        await Eventually.TrueAsync(_ => Task.FromResult(silos.Any(silo => Says(silo, LoadedElsewhere))), "one must find the sample loaded by the other", Deadline, Cancelled);

        Assert.Single(silos, silo => Says(silo, Loading));
        Assert.Equal(Users, await silos[0].Client.AllUsersAsync(Cancelled).CountAsync(Cancelled));
    }

    private static Task LoadedAsync(SiloProcess silo) => Eventually.TrueAsync(
        _ => Task.FromResult(Says(silo, "Lepton is ready")), "the sample must be loaded", Deadline, Cancelled);

    private static bool Says(SiloProcess silo, string text) => silo.Output.Last(int.MaxValue).Contains(text, StringComparison.Ordinal);
}
