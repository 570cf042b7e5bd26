using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;

namespace Lepton.Orleans.Grains.Tests.Turns;

public sealed class StoreTurnsTests(StoreServers servers)
{
    private readonly string _work = OpenStore.Unique();

    [Theory, EachStore]
    public async Task A_work_is_one_processes_at_a_time_and_its_note_is_for_the_next(StoreKind kind)
    {
        await using var first = await OpenStore.ConnectAsync(servers, kind);
        await using var second = await OpenStore.ConnectAsync(servers, kind);
        var turn = await first.Turns.TakeAsync(_work, TestContext.Current.CancellationToken);
        Assert.Null(await second.Turns.GetNoteAsync(_work));
        await turn.SetNoteAsync("half of it");
        var next = second.Turns.TakeAsync(_work, TestContext.Current.CancellationToken);

        // Asked again and again for longer than a turn lasts that is not renewed.
        await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(OpenStore.TurnLease * 1.2, TestContext.Current.CancellationToken));
        Assert.False(turn.Lost.IsCancellationRequested);
        await turn.DisposeAsync();
        await using var taken = await next;
        Assert.Equal("half of it", await second.Turns.GetNoteAsync(_work));
        await taken.RemoveNoteAsync();
        Assert.Null(await first.Turns.GetNoteAsync(_work));
    }

    [Theory, EachStore]
    public async Task The_turn_of_a_process_that_was_killed_is_taken_by_the_next(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        await store.Database.StringSetAsync(StoreKeys.Turn(_work), "killed", OpenStore.TurnLease);

        await using var turn = await store.Turns.TakeAsync(_work, TestContext.Current.CancellationToken).WaitAsync(OpenStore.TurnLease * 5, TestContext.Current.CancellationToken);
    }

    [Theory, EachStore]
    public async Task Who_was_away_for_too_long_is_told_that_his_turn_is_lost_and_takes_nothing_from_the_next(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        await using (var turn = await store.Turns.TakeAsync(_work, TestContext.Current.CancellationToken))
        {
            await store.Database.StringSetAsync(StoreKeys.Turn(_work), "another");
            await LeptonCluster.EventuallyAsync(() => Task.FromResult(turn.Lost.IsCancellationRequested), "the turn is lost");
        }

        Assert.Equal("another", await store.Database.StringGetAsync(StoreKeys.Turn(_work)));
    }
}
