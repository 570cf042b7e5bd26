using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Storage;

namespace Lepton.Orleans.Grains.Tests.Users;

/// <summary>Random calls of a user's grain against a dictionary that says what they mean.</summary>
public sealed class UserGrainModelTests(OneSilo silo)
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private enum Act
    {
        Post,
        Put,
        DeleteFeedback,
        DeleteUser,
        Profile,
        Deactivate,
        TakeAway,
    }

    private sealed record Call(Act Act, string Type, string Item, int Minute, int Value, bool AllTypes, bool Locally);

    private static readonly Arbitrary<List<Call>> Calls = (
        from act in Gen.Frequency((8, Gen.Constant(Act.Post)), (3, Gen.Constant(Act.Put)), (2, Gen.Constant(Act.DeleteFeedback)), (1, Gen.Constant(Act.DeleteUser)), (1, Gen.Constant(Act.Profile)), (1, Gen.Constant(Act.Deactivate)), (1, Gen.Constant(Act.TakeAway)))
        from type in Gen.Elements("like", "play", "read")
        from item in Gen.Elements("a", "b", "c", "Ж")
        from minute in Gen.Choose(0, 6)
        from value in Gen.Choose(-2, 5)
        from allTypes in Gen.Elements(true, false)
        from locally in Gen.Elements(true, false)
        select new Call(act, type, item, minute, value, allTypes, locally)).ListOf().Select(calls => calls.ToList()).ToArbitrary();

    [Fact]
    public async Task A_user_is_a_dictionary_of_feedback_that_survives_its_activations()
    {
        var cluster = await silo.ClusterAsync();
        Prop.ForAll(Calls, calls => RunAsync(cluster, calls)).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    private static async Task RunAsync(LeptonCluster cluster, List<Call> calls)
    {
        var (tenant, id) = ("model", OpenStore.Unique());
        var user = cluster.User(tenant, id);
        var model = new SortedDictionary<(string Type, string Item), Dictionary<int, int>>(Comparer<(string Type, string Item)>.Create((a, b) =>
            string.CompareOrdinal(a.Type, b.Type) is var order and not 0 ? order : string.CompareOrdinal(a.Item, b.Item)));
        var (exists, profile) = (false, "");
        foreach (var call in calls)
        {
            var key = (call.Type, call.Item);
            var time = Start.AddMinutes(call.Minute);
            switch (call.Act)
            {
                case Act.Post:
                    var events = model.TryGetValue(key, out var known) ? known : model[key] = [];
                    Assert.Equal(events.TryAdd(call.Minute, call.Value) ? 1 : 0, await RecordAsync(cluster, tenant, id, call, time, overwrite: false));
                    exists = true;
                    break;
                case Act.Put:
                    var inPlace = model.TryGetValue(key, out var old) && old.Count == 1 && old.TryGetValue(call.Minute, out var value) && value == call.Value;
                    Assert.Equal(inPlace ? 0 : 1, await RecordAsync(cluster, tenant, id, call, time, overwrite: true));
                    model[key] = new() { [call.Minute] = call.Value };
                    exists = true;
                    break;
                case Act.DeleteFeedback:
                    var gone = model.Keys.Where(k => k.Item == call.Item && (call.AllTypes || k.Type == call.Type)).ToList();
                    Assert.Equal(gone.Count, await user.DeleteFeedbackAsync(call.Item, call.AllTypes ? null : call.Type));
                    gone.ForEach(k => model.Remove(k));
                    break;
                case Act.DeleteUser:
                    Assert.Equal(exists, (await user.EraseAsync()).Found);
                    (exists, profile) = (false, "");
                    model.Clear();
                    break;
                case Act.Profile:
                    profile = $"profile {call.Value}";
                    await user.PutAsync(new User { UserId = id, Comment = profile });
                    exists = true;
                    break;
                case Act.Deactivate:
                    await cluster.DeactivateAsync(user);
                    break;
                default:
                    // Another activation opened the record: the next write is refused, and the one after it lands.
                    await cluster.Service<Grains.Storage.RecordStore>().OpenAsync(Grains.Storage.StoreKeys.UserRecord(LeptonKey.For(tenant, id)));
                    if (exists && cluster.SiloOf(user) >= 0)
                    {
                        await Assert.ThrowsAsync<StaleActivationException>(() => user.PutAsync(new User { UserId = id, Comment = "lost" }));
                    }

                    break;
            }

            Assert.Equal(exists ? profile : null, (await user.GetAsync())?.Comment);
            Assert.Equal(
                model.Select(m => (m.Key.Type, m.Key.Item, Value: (double)m.Value.Values.Sum(), Time: Start.AddMinutes(m.Value.Keys.Min()))),
                (await cluster.FeedbackOfAsync(tenant, id)).Select(f => (f.FeedbackType, f.ItemId, f.Value, f.Timestamp!.Value)));
        }
    }

    // The silo records by itself what it can where a call says so, and the outcome is the same.
    private static Task<int> RecordAsync(LeptonCluster cluster, string tenant, string id, Call call, DateTime time, bool overwrite)
    {
        var row = new Feedback { FeedbackType = call.Type, UserId = id, ItemId = call.Item, Timestamp = time, Value = call.Value };
        return (call.Locally ? LocalRecord.Try(cluster, tenant, row, overwrite) : null)
            ?? cluster.RecordAsync(tenant, id, call.Type, call.Item, time, call.Value, overwrite);
    }
}
