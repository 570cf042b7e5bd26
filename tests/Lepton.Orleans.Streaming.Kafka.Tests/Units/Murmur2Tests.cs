using System.Text;
using Lepton.Orleans.Streaming.Kafka.Adapters;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Units;

public sealed class Murmur2Tests
{
    // What Kafka's own clients for Java compute.
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Keys_have_the_hash_that_other_clients_give_them(string key, int hash) =>
        Assert.Equal(hash, (int)Murmur2.Hash(Encoding.UTF8.GetBytes(key)));
}
