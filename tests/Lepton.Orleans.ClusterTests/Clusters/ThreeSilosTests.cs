using System.Globalization;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class ThreeSilosTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Users = 60;
    private const int Items = 200;

    [Fact]
    public async Task Three_silos_are_one_service_that_Consul_lists_and_each_shows_at_once_what_another_acknowledged()
    {
        await StartClusterAsync(3);
        await Eventually.TrueAsync(async token => (await Consul.PassingAsync("lepton", token)).Count == 3, "Consul must list three APIs", Deadline, Cancelled);
        var services = await Consul.PassingAsync("lepton", Cancelled);
        Assert.Equal(Silos.Select(silo => silo.HttpPort).Order(), services.Select(service => service.Port).Order());
        Assert.All(services, service => Assert.Contains("api", service.Tags));
        Assert.Equal(services.Select(service => service.Port).Order(), await Consul.NamedAsync("lepton", Cancelled));

        await WriteWhatConsulShowsAsync();
        await SeedHistoriesAsync();
        for (var user = 0; user < Users; user++)
        {
            var id = Id("viewer-", user);
            var writer = Silos[user % 3];
            for (var turn = 0; turn < 3; turn++)
            {
                var before = await Silos[turn].Client.RecommendAsync(id, 10, Cancelled);
                Assert.NotEmpty(before);
                Assert.Equal(Outcome.Acknowledged, (await writer.Client.PostFeedbackAsync([Like(id, before[0])], Cancelled)).Outcome);
                foreach (var reader in Silos)
                {
                    Assert.DoesNotContain(before[0], await reader.Client.RecommendAsync(id, 10, Cancelled));
                }
            }
        }

        // All silos list the same, and each new item has one number, whoever saw it first.
        await Task.WhenAll(Enumerable.Range(0, 60).Select(n => Silos[n % 3].Client.PostFeedbackAsync([Like(Id("viewer-", n), Id("new-", n % 10))], Cancelled)));
        foreach (var silo in Silos)
        {
            var ids = await silo.Client.AllItemsAsync(Cancelled).Select(item => item.ItemId).ToListAsync(Cancelled);
            Assert.Equal(Items + 10, ids.Count);
            Assert.Equal(ids.Count, ids.Distinct().Count());
        }

        await Task.WhenAll(Silos.Select(silo => Eventually.TrueAsync(silo.Client.BuildAsync, "the model must be built", Deadline, Cancelled)));
        foreach (var silo in Silos)
        {
            Assert.Equal(0, await silo.StopAsync(Cancelled));
            Assert.DoesNotContain(await Consul.PassingAsync("lepton", Cancelled), service => service.Port == silo.HttpPort);
            Assert.DoesNotContain(silo.HttpPort, await Consul.NamedAsync("lepton", Cancelled));
        }

        Assert.All(await StatusesAsync(Cancelled), row => Assert.Equal(Dead, row.Status));
    }

    private async Task WriteWhatConsulShowsAsync()
    {
        foreach (var (key, value) in await Consul.KeysAsync("orleans/", Cancelled))
        {
            Output.WriteLine($"{key} = {value}");
        }

        foreach (var (id, port, tags) in await Consul.PassingAsync("lepton", Cancelled))
        {
            Output.WriteLine($"{id} at port {port}, passing, tags {string.Join(", ", tags)}");
        }
    }

    private async Task SeedHistoriesAsync()
    {
        var items = Enumerable.Range(0, Items).Select(item => new ItemRow(Id("film-", item), Id("Film ", item), [])).ToList();
        Assert.Equal(Outcome.Acknowledged, (await Silos[0].Client.PostItemsAsync(items, Cancelled)).Outcome);
        var rows = Enumerable.Range(0, Users).SelectMany(user => Enumerable.Range(0, 10).Select(n => Like(Id("viewer-", user), Id("film-", ((user * 7) + (n * 11)) % Items)))).ToList();
        Assert.Equal(Outcome.Acknowledged, (await Silos[1].Client.PostFeedbackAsync(rows, Cancelled)).Outcome);

        // Lists are made of what the shards have counted, on each silo by its own replica.
        foreach (var silo in Silos)
        {
            await Eventually.TrueAsync(async token => await silo.Client.PositiveFeedbackAsync(token) == rows.Count, "each silo must have all counts", Deadline, Cancelled);
        }
    }

    private static FeedbackRow Like(string user, string item) => new() { FeedbackType = "like", UserId = user, ItemId = item, Value = 1 };

    private static string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
}
