using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Users;
using Orleans.Serialization;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class UserViewTests(OneSilo silo)
{
    [Fact]
    public void Between_processes_types_travel_by_name()
    {
        var (read, like) = (FeedbackTypes.NumberOf("read"), FeedbackTypes.NumberOf("like"));
        var sent = new UserViewConverter().ConvertToSurrogate(new UserView(9, [new(1, 0, 10, read, true), new(2, .5f, 20, like, false), new(3, 0, 30, read, true), default], 3));
        Assert.Equal(["read", "like"], sent.Types);
        Assert.Equal("0 1 0", string.Join(' ', sent.Events.Select(e => e.Type)));

        // Another process has numbered the same types the other way round; here its first is "like".
        var received = new UserViewConverter().ConvertFromSurrogate(sent with { Types = ["like", "read"] });
        Assert.Equal(9, received.Version);
        Assert.Equal([new(1, 0, 10, like, true), new(2, .5f, 20, read, false), new(3, 0, 30, like, true)], received.Events.ToArray());
    }

    [Fact]
    public async Task A_view_goes_over_the_wire_whole_and_stays_itself_within_a_silo()
    {
        var serializer = (await silo.ClusterAsync()).Service<Serializer>();
        var copier = (await silo.ClusterAsync()).Service<DeepCopier>();
        var view = new UserView(9, [new(1, .5f, 10, FeedbackTypes.NumberOf("read"), true), default], 1);
        var received = serializer.Deserialize<UserView>(serializer.SerializeToArray(view))!;
        Assert.Equal(9, received.Version);
        Assert.Equal(view.Events.ToArray(), received.Events.ToArray());
        Assert.Same(view, copier.Copy(view));
    }
}
