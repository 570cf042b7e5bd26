using Lepton.Orleans.ClusterTests.Faults;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class StorefrontTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Films = 5;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_sample_shows_a_list_takes_a_like_and_shows_the_next_list_without_it()
    {
        var silo = await StartAsync(new SiloProcess());
        var answer = await silo.Client.PostItemsAsync([.. Enumerable.Range(0, Films).Select(film => new ItemRow($"film-{film}", $"Film <{film}>", ["film"]))], Cancelled);
        Assert.Equal(Outcome.Acknowledged, answer.Outcome);
        var storefront = await StartAsync(new StorefrontProcess(silo));
        await Eventually.TrueAsync(async token => Shown(await storefront.ShowAsync("alice", token)).Length == Films, "all items must be shown", Deadline, Cancelled);

        var page = await storefront.LikeAsync("alice", "film-3", Cancelled);
        Assert.Equal([0, 1, 2, 4], Shown(page));
        Assert.Contains("Film &lt;0&gt;", page, StringComparison.Ordinal);
        Assert.Equal("film-3", Assert.Single(await silo.Client.FeedbackOfAsync("alice", Cancelled)).ItemId);
    }

    private static int[] Shown(string page) => [.. Enumerable.Range(0, Films).Where(film => page.Contains($"/likes/film-{film}\"", StringComparison.Ordinal))];
}
