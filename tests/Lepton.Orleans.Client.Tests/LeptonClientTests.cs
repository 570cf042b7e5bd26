using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Lepton.Orleans.Client.Tests;

public sealed class LeptonClientTests(Service service) : IClassFixture<Service>
{
    private const int Films = 12;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_like_is_in_the_ranking_of_the_next_list()
    {
        using var host = await StartedAsync();
        var lepton = host.Services.GetRequiredService<LeptonClient>();
        for (var film = 0; film < Films; film++)
        {
            await lepton.Items.PutAsync(new Item { ItemId = $"film-{film}", Comment = $"Film {film}", Categories = ["film"] }, Cancelled);
        }

        var request = new RecommendRequest { Count = Films, Category = "film" };
        var before = await ListedAsync(() => lepton.Lists.RecommendAsync("alice", request, Cancelled));
        var liked = before.Items[0];
        Assert.StartsWith("Film ", liked.Title, StringComparison.Ordinal);

        Assert.Equal(1, await lepton.Feedback.RecordAsync([Like("alice", liked.ItemId)], cancellationToken: Cancelled));
        var after = await lepton.Lists.RecommendAsync("alice", request, Cancelled);
        Assert.Equal(Films - 1, after.Items.Count);
        Assert.DoesNotContain(after.Items, place => place.ItemId == liked.ItemId);
        Assert.True(after.UserVersion > before.UserVersion);

        var json = JsonSerializer.Deserialize<string[]>((await lepton.Lists.RecommendJsonAsync("alice", request, cancellationToken: Cancelled)).Span);
        Assert.Equivalent(after.Items.Select(place => place.ItemId), json, strict: true);
        Assert.Equivalent(after.Items.Select(place => place.ItemId), (await lepton.Lists.ExplainAsync("alice", request, Cancelled)).Items.Select(place => place.ItemId), strict: true);
        Assert.Equal(liked.ItemId, Assert.Single(await lepton.Feedback.ListAsync("alice", cancellationToken: Cancelled).ToListAsync(Cancelled)).ItemId);
        Assert.Equal("alice", Assert.Single(await lepton.Feedback.ListOnItemAsync(liked.ItemId, "like", Cancelled).ToListAsync(Cancelled)).UserId);
        Assert.Equal(Films, (await lepton.Lists.LatestAsync(request, Cancelled)).Count);
        Assert.NotEmpty(await lepton.Lists.RecommendSessionAsync([Like("nobody", "film-1")], request, Cancelled));
        Assert.DoesNotContain(await lepton.Lists.SimilarUsersAsync("alice", cancellationToken: Cancelled), user => user.Id == "alice");
        await Assert.ThrowsAsync<UnknownRecommenderException>(() => lepton.Lists.SimilarItemsAsync("film-1", recommender: "magic", cancellationToken: Cancelled));

        Assert.Equal(1, await lepton.Feedback.DeleteAsync("alice", liked.ItemId, cancellationToken: Cancelled));
        Assert.Empty(await lepton.Feedback.ListAsync("alice", cancellationToken: Cancelled).ToListAsync(Cancelled));
    }

    [Fact]
    public async Task Profiles_and_items_are_created_changed_listed_merged_and_removed()
    {
        using var host = await StartedAsync();
        var lepton = host.Services.GetRequiredService<LeptonClient>();
        Assert.Null(await lepton.Users.GetAsync("bea", Cancelled));
        await lepton.Users.PutAsync(new User { UserId = "bea", LabelsJson = """["early"]""" }, Cancelled);
        Assert.True(await lepton.Users.PatchAsync("bea", new UserPatch { Comment = "Bea" }, Cancelled));
        Assert.False(await lepton.Users.PatchAsync("nobody", new UserPatch(), Cancelled));
        Assert.Equal(("Bea", """["early"]"""), (await lepton.Users.GetAsync("bea", Cancelled)) is { } bea ? (bea.Comment, bea.LabelsJson) : default);

        await lepton.Items.PutAsync(new Item { ItemId = "song" }, Cancelled);
        Assert.True(await lepton.Items.AddCategoryAsync("song", "music", Cancelled));
        Assert.True(await lepton.Items.PatchAsync("song", new ItemPatch { IsHidden = true }, Cancelled));
        Assert.True(await lepton.Items.GetAsync("song", Cancelled) is { IsHidden: true, Categories: ["music"] });
        Assert.Contains(await lepton.Items.ListAsync(Cancelled).ToListAsync(Cancelled), item => item.ItemId == "song");

        Assert.Equal(2, await lepton.Feedback.RecordAsync([Like("guest-7", "song"), Like("guest-8", "song")], cancellationToken: Cancelled));
        Assert.Equal(1, await lepton.Users.MergeAsync("guest-7", "bea", Cancelled));
        Assert.Equal(1, await lepton.Users.MergeAsync("guest-7", "bea", Cancelled));
        Assert.Null(await lepton.Users.GetAsync("guest-7", Cancelled));
        var users = await lepton.Users.ListAsync(Cancelled).ToListAsync(Cancelled);
        Assert.Contains(users, user => user.UserId == "bea");
        Assert.Contains(users, user => user.UserId == "guest-8");

        Assert.True((await lepton.Users.EraseAsync("bea", Cancelled)).Found);
        Assert.Null(await lepton.Users.GetAsync("bea", Cancelled));
        Assert.True(await lepton.Items.DeleteAsync("song", Cancelled));
        Assert.Null(await lepton.Items.GetAsync("song", Cancelled));
    }

    [Fact]
    public async Task Feedback_whose_answer_is_lost_is_sent_again_and_counts_once()
    {
        var cut = new LostAnswers(nameof(IUserGrain.RecordAsync), count: 3);
        using var host = await StartedAsync(cut);
        var lepton = host.Services.GetRequiredService<LeptonClient>();
        Assert.Equal(1, await lepton.Feedback.RecordAsync([Like("cleo", "song") with { Value = 1 }], cancellationToken: Cancelled));
        Assert.Equal(4, cut.Calls);
        Assert.Equal(1, Assert.Single(await lepton.Feedback.ListAsync("cleo", cancellationToken: Cancelled).ToListAsync(Cancelled)).Value);

        // Each is an event of its own.
        await lepton.Feedback.RecordAsync([Like("cleo", "song") with { Value = 1 }], cancellationToken: Cancelled);
        Assert.Equal(2, Assert.Single(await lepton.Feedback.ListAsync("cleo", cancellationToken: Cancelled).ToListAsync(Cancelled)).Value);
    }

    [Fact]
    public async Task Feedback_that_stays_unconfirmed_is_handed_back_with_names_that_make_it_safe_to_record_again()
    {
        var cut = new LostAnswers(nameof(IUserGrain.RecordAsync), count: int.MaxValue);
        using var host = await StartedAsync(cut, ("Lepton:Client:Patience", "00:00:00.2"));
        var lepton = host.Services.GetRequiredService<LeptonClient>();
        var unconfirmed = await Assert.ThrowsAsync<FeedbackUnconfirmedException>(
            () => lepton.Feedback.RecordAsync([Like("dana", "song") with { Value = 1 }, Like("dana", "film") with { Value = 1 }], cancellationToken: Cancelled));
        Assert.Equal(0, unconfirmed.RowsKept);
        Assert.IsType<SiloUnavailableException>(unconfirmed.InnerException);

        cut.Mend();
        Assert.Equal(2, await lepton.Feedback.RecordAsync(unconfirmed.Rows, cancellationToken: Cancelled));
        Assert.Equal([1.0, 1.0], (await lepton.Feedback.ListAsync("dana", cancellationToken: Cancelled).ToListAsync(Cancelled)).Select(row => row.Value));
    }

    [Fact]
    public async Task Feedback_that_was_to_overwrite_and_stays_unconfirmed_says_so()
    {
        var cut = new LostAnswers(nameof(IUserGrain.RecordAsync), count: int.MaxValue);
        using var host = await StartedAsync(cut, ("Lepton:Client:Patience", "00:00:00.2"));
        var lepton = host.Services.GetRequiredService<LeptonClient>();
        var unconfirmed = await Assert.ThrowsAsync<FeedbackUnconfirmedException>(
            () => lepton.Feedback.RecordAsync([Like("gil", "song") with { Value = 1 }], overwrite: true, Cancelled));
        Assert.True(unconfirmed.Overwrite);

        cut.Mend();
        await lepton.Feedback.RecordAsync(unconfirmed.Rows, unconfirmed.Overwrite, Cancelled);
        Assert.Equal(1, Assert.Single(await lepton.Feedback.ListAsync("gil", cancellationToken: Cancelled).ToListAsync(Cancelled)).Value);
    }

    [Fact]
    public async Task Feedback_of_others_beside_a_row_that_is_refused_can_be_recorded_again_and_counts_once()
    {
        using var host = await StartedAsync();
        var feedback = host.Services.GetRequiredService<LeptonClient>().Feedback;
        await feedback.RecordAsync([Like("ida", "song") with { EventId = "1" }], cancellationToken: Cancelled);
        var refused = await Assert.ThrowsAsync<FeedbackUnconfirmedException>(
            () => feedback.RecordAsync([Like("jon", "song") with { Value = 1 }, Like("ida", "film") with { EventId = "1" }], cancellationToken: Cancelled));
        Assert.Equal(1, Assert.IsType<EventIdReusedException>(refused.InnerException).Index);

        await feedback.RecordAsync([.. refused.Rows.Where((_, row) => row != 1)], cancellationToken: Cancelled);
        Assert.Equal(1, Assert.Single(await feedback.ListAsync("jon", cancellationToken: Cancelled).ToListAsync(Cancelled)).Value);

        // Of one user alone nothing is kept, and there is nothing to hand back.
        await Assert.ThrowsAsync<EventIdReusedException>(() => feedback.RecordAsync([Like("ida", "film") with { EventId = "1" }], cancellationToken: Cancelled));
    }

    [Fact]
    public async Task A_wait_for_feedback_that_is_ended_ends_as_cancelled()
    {
        var cut = new LostAnswers(nameof(IUserGrain.RecordAsync), count: int.MaxValue);
        using var host = await StartedAsync(cut);
        using var end = new CancellationTokenSource();
        var recording = host.Services.GetRequiredService<LeptonClient>().Feedback.RecordAsync([Like("hal", "song")], cancellationToken: end.Token);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recording);
    }

    [Fact]
    public async Task What_would_have_another_answer_the_second_time_is_not_made_again()
    {
        var cut = new LostAnswers(nameof(IItemGrain.DeleteAsync), count: 1);
        using var host = await StartedAsync(cut);
        var lepton = host.Services.GetRequiredService<LeptonClient>();
        await lepton.Items.PutAsync(new Item { ItemId = "old" }, Cancelled);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => lepton.Items.DeleteAsync("old", Cancelled));
        Assert.Equal(1, cut.Calls);
    }

    [Fact]
    public async Task Reads_are_made_again()
    {
        var cut = new LostAnswers(nameof(IUserGrain.GetAsync), count: 2);
        using var host = await StartedAsync(cut);
        Assert.Null(await host.Services.GetRequiredService<LeptonClient>().Users.GetAsync("nobody at all", Cancelled));
        Assert.Equal(3, cut.Calls);
    }

    [Fact]
    public async Task A_batch_is_checked_as_a_whole_before_anything_is_sent()
    {
        using var host = await StartedAsync();
        var lepton = host.Services.GetRequiredService<LeptonClient>();
        var refused = await Assert.ThrowsAsync<InvalidFeedbackException>(
            () => lepton.Feedback.RecordAsync([Like("eve", "song"), Like("eve", "a/b")], cancellationToken: Cancelled));
        Assert.Equal((1, nameof(Feedback.ItemId)), (refused.Index, refused.Field));
        Assert.Null(await lepton.Users.GetAsync("eve", Cancelled));
        await Assert.ThrowsAsync<InvalidIdException>(() => lepton.Users.GetAsync("", Cancelled));
    }

    [Fact]
    public async Task A_front_end_may_start_before_its_service()
    {
        await using var late = new Service();
        using var host = late.FrontEnd();
        var starting = host.StartAsync(Cancelled);
        Assert.False(starting.IsCompleted);
        await late.InitializeAsync();
        await starting.WaitAsync(Deadline, Cancelled);
        Assert.Null(await host.Services.GetRequiredService<LeptonClient>().Users.GetAsync("fay", Cancelled));
        await host.StopAsync(Cancelled);
    }

    private static Feedback Like(string user, string item) => new() { FeedbackType = "like", UserId = user, ItemId = item };

    // A silo's replica has new items within a second; what is at the top may still change then.
    private static async Task<RecommendationList> ListedAsync(Func<Task<RecommendationList>> read)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Deadline);
        while (true)
        {
            if (await read() is { Items.Count: Films } list)
            {
                return list;
            }

            await Task.Delay(20, deadline.Token);
        }
    }

    private async Task<IHost> StartedAsync(LostAnswers? cut = null, params (string Key, string Value)[] settings)
    {
        var host = service.FrontEnd(cut, settings);
        await host.StartAsync(Cancelled);
        return host;
    }
}
