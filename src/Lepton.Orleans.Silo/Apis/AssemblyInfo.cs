using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Lepton.Orleans.Silo.Tests")]
