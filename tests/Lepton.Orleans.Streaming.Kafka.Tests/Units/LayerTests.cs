using NetArchTest.Rules;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Units;

public sealed class LayerTests
{
    [Fact]
    public void The_provider_knows_nothing_of_Lepton() => Assert.True(Types.InAssembly(typeof(KafkaStreamOptions).Assembly)
        .ShouldNot().HaveDependencyOnAny("Lepton.Orleans.Grains", "Lepton.Orleans.Engine", "Lepton.Orleans.Silo", "Lepton.Orleans.Feedback").GetResult().IsSuccessful);
}
