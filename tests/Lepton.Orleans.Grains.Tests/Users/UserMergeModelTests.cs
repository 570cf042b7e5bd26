using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Items;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

/// <summary>Merges that are cut off before or after the events are handed over, against dictionaries that say what they mean.</summary>
public sealed class UserMergeModelTests(FaultySilo silo) : IDisposable
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public enum Act
    {
        PostKnown,
        PostAnonymous,
        Merge,
        DeactivateKnown,
        DeactivateAnonymous,
        TakeAwayKnown,
        TakeAwayAnonymous,
    }

    private sealed record Step(Act Act, string Type, string Item, int? Minute, int Value, CallFault.Moment Fault);

    // What a user has: by type and item the events with a time of their own, and the sum of those without.
    private sealed class Model
    {
        public Dictionary<(string Type, string Item), (Dictionary<int, int> Named, List<int> Others)> Feedback { get; } = [];

        public int Post(string type, string item, int? minute, int value)
        {
            var (timed, others) = Feedback.TryGetValue((type, item), out var known) ? known : Feedback[(type, item)] = ([], []);
            if (minute is { } m)
            {
                return timed.TryAdd(m, value) ? 1 : 0;
            }

            others.Add(value);
            return 1;
        }

        public int Absorb(Model other)
        {
            var rows = 0;
            foreach (var ((type, item), (timed, others)) in other.Feedback)
            {
                rows += timed.Sum(e => Post(type, item, e.Key, e.Value)) + others.Sum(value => Post(type, item, null, value));
            }

            return rows;
        }

        public string Describe() => string.Join("; ", Feedback
            .Where(f => f.Value.Named.Count + f.Value.Others.Count > 0)
            .OrderBy(f => f.Key.Type, StringComparer.Ordinal).ThenBy(f => f.Key.Item, StringComparer.Ordinal)
            .Select(f => $"{f.Key.Type} {f.Key.Item} {f.Value.Named.Values.Sum() + f.Value.Others.Sum()}"));
    }

    private static readonly Arbitrary<List<Step>> Steps = (
        from act in Gen.Frequency(
            (4, Gen.Constant(Act.PostKnown)),
            (6, Gen.Constant(Act.PostAnonymous)),
            (5, Gen.Constant(Act.Merge)),
            (1, Gen.Elements(Act.DeactivateKnown, Act.DeactivateAnonymous, Act.TakeAwayKnown, Act.TakeAwayAnonymous)))
        from type in Gen.Elements("like", "play")
        from item in Gen.Elements("a", "b", "c")
        from minute in Gen.Elements<int?>(null, 0, 1, 2, 3)
        from value in Gen.Choose(-2, 5)
        from fault in Gen.Elements(CallFault.Moment.Never, CallFault.Moment.Never, CallFault.Moment.Before, CallFault.Moment.After)
        select new Step(act, type, item, minute, value, fault)).ListOf().Select(steps => steps.ToList()).ToArbitrary();

    public void Dispose() => silo.Fault.FailNext(CallFault.Moment.Never);

    [Fact]
    public async Task A_merge_cut_off_anywhere_and_repeated_leaves_what_one_whole_merge_leaves()
    {
        var cluster = await silo.ClusterAsync();
        Prop.ForAll(Steps, steps => RunAsync(cluster, steps)).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public async Task Feedback_to_both_while_merges_fail_and_are_repeated_is_kept_once_each()
    {
        var cluster = await silo.ClusterAsync();
        var (tenant, random) = (OpenStore.Unique(), new Random(5));
        silo.Fault.Fails = (_, _) =>
        {
            lock (random)
            {
                return Task.FromResult(random.Next(4) == 0);
            }
        };
        var kept = 0;
        await cluster.RecordAsync(tenant, "known", "play", "a", value: 0);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            for (var round = 0; round < 60; round++)
            {
                try
                {
                    if (worker < 2)
                    {
                        await cluster.User(tenant, "anonymous").MergeIntoAsync("known");
                    }
                    else if (worker == 2 && round % 10 == 5)
                    {
                        await cluster.DeactivateAsync(cluster.User(tenant, round % 20 == 5 ? "known" : "anonymous"));
                    }
                    else
                    {
                        Interlocked.Add(ref kept, await cluster.RecordAsync(tenant, worker % 2 == 0 ? "known" : "anonymous", "play", "a", value: 1));
                    }
                }
                catch (Exception exception) when (exception is StoreUnavailableException or UnknownUserException or StaleActivationException || exception.GetType() == typeof(OrleansMessageRejectionException))
                {
                    // A merge that failed is repeated; of a write that met such a thing nothing was kept.
                }
            }
        })));

        silo.Fault.FailNext(CallFault.Moment.Never);
        await cluster.User(tenant, "anonymous").MergeIntoAsync("known");
        foreach (var activation in new[] { "as it is", "read anew" })
        {
            Assert.Equal((activation, kept), (activation, (int)Assert.Single(await cluster.FeedbackOfAsync(tenant, "known")).Value));
            Assert.Empty(await cluster.FeedbackOfAsync(tenant, "anonymous"));
            await cluster.DeactivateAsync(cluster.User(tenant, "known"));
            await cluster.DeactivateAsync(cluster.User(tenant, "anonymous"));
        }
    }

    [Fact]
    public async Task What_nobody_repeats_is_finished_by_the_next_build()
    {
        var cluster = await silo.ClusterAsync();
        var tenant = OpenStore.Unique();
        await cluster.RecordAsync(tenant, "known", "play", "a", value: 1);
        await cluster.RecordAsync(tenant, "anonymous", "play", "a", value: 2);
        silo.Fault.FailNext(CallFault.Moment.Before);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => cluster.User(tenant, "anonymous").MergeIntoAsync("known"));
        Assert.Equal(1, Assert.Single(await cluster.FeedbackOfAsync(tenant, "known")).Value);
        await cluster.DeactivateAsync(cluster.User(tenant, "anonymous"));

        var training = cluster.Grains.GetGrain<ITrainingGrain>(tenant);
        await training.StartAsync();
        await LeptonCluster.EventuallyAsync(async () => (await training.GetStatusAsync()).State == BuildState.Succeeded, "the build ends");
        Assert.Equal(3, Assert.Single(await cluster.FeedbackOfAsync(tenant, "known")).Value);
        Assert.Equal("known", Assert.Single((await cluster.Grains.GetGrain<ITenantGrain>(tenant).ListUsersAsync(10, "")).Entries).UserId);
    }

    [Fact]
    public async Task What_is_brought_to_somebody_who_was_merged_away_meanwhile_follows()
    {
        var cluster = await silo.ClusterAsync();
        var tenant = OpenStore.Unique();
        await cluster.RecordAsync(tenant, "first", "play", "a", value: 1);
        await cluster.RecordAsync(tenant, "second", "play", "a", value: 2);
        await cluster.RecordAsync(tenant, "third", "play", "a", value: 4);
        silo.Fault.FailNext(CallFault.Moment.Before);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => cluster.User(tenant, "first").MergeIntoAsync("second"));
        Assert.Equal(1, await cluster.User(tenant, "second").MergeIntoAsync("third"));

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(1, await cluster.User(tenant, "first").MergeIntoAsync("second"));
            Assert.Equal(7, Assert.Single(await cluster.FeedbackOfAsync(tenant, "third")).Value);
            Assert.Null(await cluster.User(tenant, "second").GetAsync());
            Assert.Equal("third", Assert.Single((await cluster.Grains.GetGrain<ITenantGrain>(tenant).ListUsersAsync(10, "")).Entries).UserId);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_brought_to_somebody_who_was_erased_meanwhile_counts_no_more_and_a_build_is_owed(bool comesBack)
    {
        var cluster = await silo.ClusterAsync();
        var (tenant, without) = (OpenStore.Unique(), OpenStore.Unique());
        foreach (var each in new[] { tenant, without })
        {
            foreach (var item in new[] { "a", "b", "c" })
            {
                await cluster.RecordAsync(each, "somebody", "like", item);
            }
        }

        await cluster.User(tenant, "known").PutAsync(new User { UserId = "known" });
        await cluster.RecordAsync(tenant, "anonymous", "like", "c");
        await cluster.RecordAsync(tenant, "anonymous", "like", "a");
        silo.Fault.FailNext(CallFault.Moment.Before);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => cluster.User(tenant, "anonymous").MergeIntoAsync("known"));
        Assert.True((await cluster.User(tenant, "known").EraseAsync()).Found);
        if (comesBack)
        {
            await cluster.User(tenant, "anonymous").PutAsync(new User { UserId = "anonymous" });
        }

        var pending = cluster.Service<PendingErasures>();
        Assert.Equal(0, (await pending.CountAsync(tenant)).Count);
        await cluster.Grains.GetGrain<IUserMergeGrain>(LeptonKey.For(tenant, "anonymous")).FinishMergeAsync();

        Assert.Equal(comesBack, await cluster.User(tenant, "anonymous").GetAsync() is not null);
        Assert.Equal(1, (await pending.CountAsync(tenant)).Count);
        Assert.Empty((await cluster.Grains.GetGrain<IUpkeepGrain>(tenant).VerifyErasureAsync("known")).Remains);
        await cluster.Service<DeltaBuffer>().FlushAsync();
        Assert.Equal(await ShardWords.OfAsync(cluster, without), await ShardWords.OfAsync(cluster, tenant));
    }

    private async Task RunAsync(LeptonCluster cluster, List<Step> steps)
    {
        var (tenant, known, anonymous) = ("merges", OpenStore.Unique(), OpenStore.Unique());
        var (here, there, onTheWay) = (new Model(), new Model(), (Model?)null);
        var (exists, hasLeft, arrived, rows) = (false, false, false, 0);
        await cluster.User(tenant, known).PutAsync(new User { UserId = known });
        foreach (var step in steps)
        {
            var (user, model) = step.Act is Act.PostKnown or Act.DeactivateKnown or Act.TakeAwayKnown ? (known, here) : (anonymous, there);
            switch (step.Act)
            {
                case Act.PostKnown or Act.PostAnonymous:
                    var added = await RetryAsync(() => cluster.RecordAsync(
                        tenant, user, step.Type, step.Item, step.Minute is { } minute ? Start.AddMinutes(minute) : null, step.Value));
                    Assert.Equal(model.Post(step.Type, step.Item, step.Minute, step.Value), added);
                    exists |= user == anonymous;
                    break;
                case Act.Merge:
                    silo.Fault.FailNext(step.Fault);
                    var fault = step.Fault;
                    if (await TryMergeAsync(fault) is { } expected)
                    {
                        Assert.Equal(expected, await RetryAsync(() => cluster.User(tenant, anonymous).MergeIntoAsync(known)));
                    }

                    break;
                case Act.DeactivateKnown or Act.DeactivateAnonymous:
                    await cluster.DeactivateAsync(cluster.User(tenant, user));
                    break;
                default:
                    await cluster.Service<RecordStore>().OpenAsync(StoreKeys.UserRecord(LeptonKey.For(tenant, user)));
                    break;
            }

            Assert.Equal(here.Describe(), await DescribeAsync(cluster, tenant, known));
            Assert.Equal(there.Describe(), await DescribeAsync(cluster, tenant, anonymous));
            Assert.Equal(exists, await cluster.User(tenant, anonymous).GetAsync() is not null);
        }

        // What the merge answers, or null where it was seen to fail as it should.
        async Task<int?> TryMergeAsync(CallFault.Moment fault)
        {
            if (onTheWay is not null && !Deliver(ref fault))
            {
                await Assert.ThrowsAsync<StoreUnavailableException>(() => RetryAsync(() => cluster.User(tenant, anonymous).MergeIntoAsync(known)));
                return null;
            }

            if (exists)
            {
                (onTheWay, there, exists, hasLeft, arrived) = (there, new Model(), false, true, false);
                if (!Deliver(ref fault))
                {
                    await Assert.ThrowsAsync<StoreUnavailableException>(() => RetryAsync(() => cluster.User(tenant, anonymous).MergeIntoAsync(known)));
                    return null;
                }
            }

            if (!hasLeft)
            {
                await Assert.ThrowsAsync<UnknownUserException>(() => RetryAsync(() => cluster.User(tenant, anonymous).MergeIntoAsync(known)));
                return null;
            }

            return rows;
        }

        bool Deliver(ref CallFault.Moment fault)
        {
            var moment = fault;
            fault = CallFault.Moment.Never;
            if (moment != CallFault.Moment.Before && !arrived)
            {
                (rows, arrived) = (here.Absorb(onTheWay!), true);
            }

            if (moment == CallFault.Moment.Never)
            {
                onTheWay = null;
            }

            return moment == CallFault.Moment.Never;
        }
    }

    // Where another activation has opened a record its next write is refused, and nothing of it is kept.
    private static async Task<T> RetryAsync<T>(Func<Task<T>> write)
    {
        for (var left = 5; ; left--)
        {
            try
            {
                return await write();
            }
            catch (StaleActivationException) when (left > 0)
            {
                // The next activation takes the record over.
            }
        }
    }

    private static async Task<string> DescribeAsync(LeptonCluster cluster, string tenant, string user) =>
        string.Join("; ", (await cluster.FeedbackOfAsync(tenant, user)).Select(f => $"{f.FeedbackType} {f.ItemId} {f.Value}"));
}
