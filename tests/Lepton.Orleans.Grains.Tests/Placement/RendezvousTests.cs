using System.Net;
using Lepton.Orleans.Grains.Placement;

namespace Lepton.Orleans.Grains.Tests.Placement;

public sealed class RendezvousTests
{
    private const int Users = 6000;
    private static readonly IdSpan[] Keys = [.. Enumerable.Range(0, Users).Select(user => IdSpan.Create($"default/u{user}"))];
    private static readonly SiloAddress[] Silos = [.. Enumerable.Range(0, 8).Select(n => SiloAddress.New(IPAddress.Loopback, 11_111 + n, 1_000 + n))];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Keys_are_spread_evenly(int silos)
    {
        var places = Keys.Select(key => Rendezvous.Choose(key, Silos[..silos])).ToArray();
        Assert.All(Silos[..silos], silo => Assert.InRange(places.Count(place => place.Equals(silo)), .9 * Users / silos, 1.1 * Users / silos));
    }

    [Fact]
    public void A_silo_that_joins_takes_its_share_and_nothing_else_moves()
    {
        var moved = Keys.Where(key => !Rendezvous.Choose(key, Silos[..3]).Equals(Rendezvous.Choose(key, Silos[..4]))).ToArray();
        Assert.All(moved, key => Assert.Equal(Silos[3], Rendezvous.Choose(key, Silos[..4])));
        Assert.InRange(moved.Length, .9 * Users / 4, 1.1 * Users / 4);
    }

    [Fact]
    public void The_order_of_silos_does_not_matter()
    {
        Assert.All(Keys.Take(100), key => Assert.Equal(Rendezvous.Choose(key, Silos), Rendezvous.Choose(key, [.. Silos.Reverse()])));
        Assert.Equal(Rendezvous.Spread(Keys[..16], Silos[..3]), Rendezvous.Spread(Keys[..16], [.. Silos[..3].Reverse()]));
    }

    [Fact]
    public void Few_keys_are_spread_as_evenly_as_their_number_allows()
    {
        for (var first = 0; first < Users; first += 16)
        {
            for (var silos = 1; silos <= Silos.Length; silos++)
            {
                var loads = Rendezvous.Spread(Keys[first..(first + 16)], Silos[..silos]).CountBy(silo => silo).Select(load => load.Value).ToArray();
                Assert.Equal(silos, loads.Length);
                Assert.InRange(loads.Max() - loads.Min(), 0, 1);
            }
        }
    }
}
