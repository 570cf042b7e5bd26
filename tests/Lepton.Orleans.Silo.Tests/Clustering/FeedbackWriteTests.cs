using System.Reflection;
using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Grains.Users;
using Lepton.Orleans.Silo.Apis.Grains;

namespace Lepton.Orleans.Silo.Tests.Clustering;

public sealed class FeedbackWriteTests
{
    private static readonly SiloAddress Here = SiloAddress.FromParsableString("10.0.0.7:11111@1");
    private static readonly SiloAddress There = SiloAddress.FromParsableString("10.0.0.8:11111@1");

    [Fact]
    public async Task Feedback_without_a_name_that_a_silo_dies_over_is_sent_again_under_the_name_it_was_given_first()
    {
        var users = Users.Create();
        var rows = Rows();

        Assert.Equal(2, await Write(users, Here, There).RecordAsync(rows, overwrite: false));

        Assert.Equal(2, users.Batches.Count);
        Assert.All(users.Batches, batch => Assert.All(batch.Rows, row => Assert.NotNull(row.EventId)));
        Assert.Equal(users.Batches[0].Rows, users.Batches[1].Rows);
        Assert.Equal(2, users.Batches[0].Rows.Select(row => row.EventId).Distinct().Count());
        Assert.All(rows, row => Assert.Null(row.EventId));
    }

    [Fact]
    public async Task What_has_a_time_or_overwrites_needs_no_name()
    {
        var users = Users.Create();
        var row = Rows()[0];
        await Write(users, Here, There).RecordAsync([row with { Timestamp = DateTime.UnixEpoch }], overwrite: false);
        await Write(users, Here, There).RecordAsync([row], overwrite: true);

        Assert.Equal(3, users.Batches.Count);
        Assert.All(users.Batches, batch => Assert.All(batch.Rows, sent => Assert.Null(sent.EventId)));
    }

    [Fact]
    public async Task A_silo_on_its_own_names_nothing_and_repeats_nothing()
    {
        var users = Users.Create();

        await Assert.ThrowsAsync<InterruptedBatchException>(() => Write(users, Here).RecordAsync(Rows(), overwrite: false));

        Assert.Null(Assert.Single(users.Batches).Rows[0].EventId);
    }

    [Fact]
    public async Task Types_of_which_there_are_too_many_are_refused_before_anything_is_written()
    {
        var users = Users.Create();
        var types = Enumerable.Range(0, FeedbackTypes.MaxNew + 1).Select(i => new Feedback { FeedbackType = $"too many {i}", UserId = "v", ItemId = "i" });

        var refusal = await Assert.ThrowsAsync<InvalidFeedbackException>(() => Write(users, Here).RecordAsync([Rows()[0], .. types], overwrite: false));

        Assert.InRange(refusal.Index, 1, FeedbackTypes.MaxNew + 1);
        Assert.Empty(users.Batches);
    }

    private static Feedback[] Rows() =>
        [new Feedback { FeedbackType = "play", UserId = "u", ItemId = "i", Value = 1 }, new Feedback { FeedbackType = "play", UserId = "u", ItemId = "j", Value = 1 }];

    private static FeedbackWrite Write(Users users, params SiloAddress[] silos) =>
        new(new TenantGrains(users.Factory), TimeProvider.System, local: null, new KnownCluster { Silos = silos }.Map());

    /// <summary>The grains of users; over the first call to one a silo dies, whatever became of it.</summary>
#pragma warning disable CA1852 // derived from at run time
    private class Users : DispatchProxy
#pragma warning restore CA1852
    {
        public List<FeedbackBatch> Batches { get; } = [];

        public IGrainFactory Factory { get; private set; } = null!;

        public static Users Create()
        {
            var users = (Users)(object)Create<IUserGrain, Users>();
            var factory = Create<IGrainFactory, Grains>();
            ((Grains)(object)factory).Users = (IUserGrain)(object)users;
            users.Factory = factory;
            return users;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Assert.Equal(nameof(IUserGrain.RecordAsync), targetMethod!.Name);
            var batch = (FeedbackBatch)args![0]!;
            Batches.Add(batch);
            return Batches.Count == 1 ? Task.FromException<int>(new SiloUnavailableException("The silo died over it.")) : Task.FromResult(batch.Rows.Count);
        }
    }

#pragma warning disable CA1852 // derived from at run time
    private class Grains : DispatchProxy
#pragma warning restore CA1852
    {
        public IUserGrain Users { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Users;
    }
}
