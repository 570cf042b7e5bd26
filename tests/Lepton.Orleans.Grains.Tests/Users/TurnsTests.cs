using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class TurnsTests
{
    [Fact]
    public async Task A_turn_is_handed_to_who_waits_before_what_is_queued_and_to_all_of_it_in_order()
    {
        var turns = new Recorder();
        Assert.True(turns.EnterOrQueueOne(0));
        Assert.False(turns.EnterOrQueueOne(1));
        var waiting = turns.WaitAsync();
        Assert.False(turns.EnterOrQueueOne(2));
        Assert.False(waiting.IsCompleted);

        turns.LeaveOne();
        await waiting;
        Assert.Empty(turns.Begun);
        turns.LeaveOne();
        Assert.Equal([1, 2], turns.Begun);
        Assert.True(turns.EnterOrQueueOne(9));
    }

    [Fact]
    public void A_request_that_keeps_the_turn_hands_it_on_when_it_ends()
    {
        var turns = new Recorder { Keeps = true };
        Assert.True(turns.EnterOrQueueOne(0));
        Assert.False(turns.EnterOrQueueOne(1));
        Assert.False(turns.EnterOrQueueOne(2));
        turns.LeaveOne();
        Assert.Equal([1], turns.Begun);
        turns.LeaveOne();
        Assert.Equal([1, 2], turns.Begun);
        turns.LeaveOne();
        Assert.True(turns.EnterOrQueueOne(3));
    }

    [Fact]
    public async Task Whoever_waits_for_turns_that_have_ended_is_refused_now_and_later()
    {
        var turns = new Recorder();
        await turns.WaitAsync();
        var waiting = turns.WaitAsync();
        Assert.False(turns.EnterOrQueueOne(1));
        turns.End();
        await Assert.ThrowsAsync<StaleActivationException>(() => waiting);
        await Assert.ThrowsAsync<StaleActivationException>(turns.WaitAsync);
        Assert.Equal([1], turns.Declined);
        Assert.Null(turns.EnterOrQueueOne(2));
    }

    [Fact]
    public async Task Of_many_at_once_one_has_the_turn_and_nobody_is_forgotten()
    {
        var turns = new Recorder();
        var (inside, most, done) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                if (worker % 2 == 0)
                {
                    await turns.WaitAsync();
                }
                else if (turns.EnterOrQueueOne(i) is not true)
                {
                    continue;
                }

                most = Math.Max(most, ++inside);
                inside--;
                done++;
                turns.LeaveOne();
            }
        }))).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(1, most);
        Assert.True(done >= 8000);
        Assert.True(turns.EnterOrQueueOne(9));
        Assert.Equal(turns.Queued, turns.Begun.Count);
    }

    private sealed class Recorder : Turns<int>
    {
        private int _queued;

        public bool Keeps { get; init; }

        public List<int> Begun { get; } = [];

        public List<int> Declined { get; } = [];

        public int Queued => _queued;

        public Task WaitAsync() => EnterAsync();

        public bool? EnterOrQueueOne(int request)
        {
            var entered = EnterOrQueue(request);
            if (entered is false)
            {
                Interlocked.Increment(ref _queued);
            }

            return entered;
        }

        public void LeaveOne() => Leave();

        public void End() => CloseTurns();

        // In a turn, so that the list needs no lock.
        protected override bool TryBegin(int request)
        {
            Begun.Add(request);
            return Keeps;
        }

        protected override void Decline(int request) => Declined.Add(request);
    }
}
