namespace AgentOps.Ledger.Tests;

public sealed class ScramVerifierTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    [Fact]
    public void It_is_what_rfc_7677_makes_of_its_example() =>
        // Section 3: password "pencil", this salt, 4096 iterations. The keys follow from RFC 5802's definitions.
        Assert.Equal(
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
            ScramVerifier.Of("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==")));

    [Fact]
    public void A_password_that_both_sides_might_hash_differently_is_refused() => Assert.Throws<ArgumentException>(() => ScramVerifier.Of("pässword"));

    [Fact]
    public async Task The_database_is_given_it_and_no_password() =>
        Assert.StartsWith("SCRAM-SHA-256$4096:", (string)(await Ledger.AdminAsync("SELECT rolpassword FROM pg_authid WHERE rolname = 'trainer'"))!, StringComparison.Ordinal);
}
