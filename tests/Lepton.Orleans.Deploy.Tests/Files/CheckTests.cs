namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>What a person runs to check the files, run.</summary>
public sealed class CheckTests
{
    [Theory]
    [InlineData("kubernetes")]
    [InlineData("compose")]
    [InlineData("pipelines")]
    [InlineData("scripts")]
    public async Task Files_are_as_their_formats_say(string part) =>
        await Command.RunAsync("bash", ["deploy/scripts/check.sh", part], TestContext.Current.CancellationToken);
}
