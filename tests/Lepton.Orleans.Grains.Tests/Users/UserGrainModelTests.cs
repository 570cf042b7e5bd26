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

    private sealed record Call(Act Act, string Type, string Item, int? Minute, int Value, string Comment, string? Name, bool AllTypes, bool Locally)
    {
        public DateTime? Time => Minute is { } minute ? Start.AddMinutes(minute) : null;
    }

    // What a user has of one type and item: the events with a time of their own, the sum of those without, and the comment.
    private sealed class Entry
    {
        public Dictionary<int, int> Timed { get; } = [];

        public List<int> Others { get; } = [];

        public string Comment { get; set; } = "";

        public bool IsJust(Call call) => Others.Count == 0 && Timed.Count == 1 && Timed.TryGetValue(call.Minute!.Value, out var value) && value == call.Value && Comment == call.Comment;

        public void Add(Call call)
        {
            if (call.Minute is { } minute)
            {
                Timed[minute] = call.Value;
            }
            else
            {
                Others.Add(call.Value);
            }

            Comment = call.Comment.Length > 0 ? call.Comment : Comment;
        }
    }

    private static readonly Arbitrary<List<Call>> Calls = (
        from act in Gen.Frequency((8, Gen.Constant(Act.Post)), (3, Gen.Constant(Act.Put)), (2, Gen.Constant(Act.DeleteFeedback)), (1, Gen.Constant(Act.DeleteUser)), (1, Gen.Constant(Act.Profile)), (1, Gen.Constant(Act.Deactivate)), (1, Gen.Constant(Act.TakeAway)))
        from type in Gen.Elements("like", "play", "read")
        from item in Gen.Elements("a", "b", "c", "Ж")
        from minute in Gen.Frequency((1, Gen.Constant<int?>(null)), (5, Gen.Choose(0, 6).Select(m => (int?)m)))
        from value in Gen.Choose(-2, 5)
        from comment in Gen.Elements("", "", "good", "bad")
        from name in Gen.Elements<string?>(null, null, null, "one", "two", "three")
        from allTypes in Gen.Elements(true, false)
        from locally in Gen.Elements(true, false)
        select new Call(act, type, item, act == Act.Put ? minute ?? 7 : minute, value, comment, name, allTypes, locally)).ListOf().Select(calls => calls.ToList()).ToArbitrary();

    [Fact]
    public async Task A_user_is_a_dictionary_of_feedback_that_survives_its_activations()
    {
        var cluster = await silo.ClusterAsync();
        Prop.ForAll(Calls, calls => RunAsync(cluster, calls)).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private static async Task RunAsync(LeptonCluster cluster, List<Call> calls)
    {
        var (tenant, id) = ("model", OpenStore.Unique());
        var user = cluster.User(tenant, id);
        var model = new SortedDictionary<(string Type, string Item), Entry>(Comparer<(string Type, string Item)>.Create((a, b) =>
            string.CompareOrdinal(a.Type, b.Type) is var order and not 0 ? order : string.CompareOrdinal(a.Item, b.Item)));
        var names = new Dictionary<string, ((bool Overwrites, string Type, string Item, int? Minute, int Value, string Comment) Content, int Counted)>();
        var (exists, profile) = (false, "");
        foreach (var call in calls)
        {
            var key = (call.Type, call.Item);
            switch (call.Act)
            {
                case Act.Post or Act.Put:
                    var overwrites = call.Act == Act.Put;
                    var content = (overwrites, call.Type, call.Item, call.Minute, call.Value, call.Comment);
                    var entry = model.GetValueOrDefault(key);
                    if (call.Name is not null && names.TryGetValue(call.Name, out var said))
                    {
                        // What came under a name is not done again, and counts as it did then; nothing else may come under it.
                        if (said.Content == content)
                        {
                            Assert.Equal(said.Counted, await RecordAsync(cluster, tenant, id, call));
                        }
                        else
                        {
                            await Assert.ThrowsAsync<EventIdReusedException>(() => RecordAsync(cluster, tenant, id, call));
                        }

                        break;
                    }

                    var isKnown = overwrites ? entry?.IsJust(call) is true : call.Minute is { } minute && entry?.Timed.ContainsKey(minute) is true;
                    Assert.Equal(isKnown ? 0 : 1, await RecordAsync(cluster, tenant, id, call));
                    if (!isKnown)
                    {
                        entry = model[key] = overwrites || entry is null ? new Entry() : entry;
                        entry.Add(call);
                    }

                    if (call.Name is not null)
                    {
                        names[call.Name] = (content, isKnown ? 0 : 1);
                    }

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
                    names.Clear();
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
            var found = await cluster.FeedbackOfAsync(tenant, id);
            Assert.Equal(
                model.Select(m => (m.Key.Type, m.Key.Item, Value: (double)(m.Value.Timed.Values.Sum() + m.Value.Others.Sum()), m.Value.Comment)),
                found.Select(f => (f.FeedbackType, f.ItemId, f.Value, f.Comment)));
            Assert.All(model.Zip(found).Where(m => m.First.Value.Timed.Count > 0), m => Assert.Equal(Start.AddMinutes(m.First.Value.Timed.Keys.Min()), m.Second.Timestamp));
        }
    }

    // The silo records by itself what it can where a call says so, and the outcome is the same.
    private static Task<int> RecordAsync(LeptonCluster cluster, string tenant, string id, Call call)
    {
        var overwrites = call.Act == Act.Put;
        var row = new Feedback
        {
            FeedbackType = call.Type, UserId = id, ItemId = call.Item, Timestamp = call.Time, Value = call.Value, Comment = call.Comment, EventId = call.Name,
        };
        return (call.Locally ? LocalRecord.Try(cluster, tenant, row, overwrites) : null)
            ?? cluster.User(tenant, id).RecordAsync(new FeedbackBatch { Rows = [row], Overwrite = overwrites });
    }
}
