#pragma once

namespace convolab {

/// While it lives, the calling thread computes with at most `most` threads of the team: what takes some microseconds is done
/// before a second thread has woken up. The innermost one counts; `most` above the team's size changes nothing.
class TeamLimit {
  public:
    explicit TeamLimit(int most);
    ~TeamLimit();
    TeamLimit(const TeamLimit&) = delete;
    TeamLimit& operator=(const TeamLimit&) = delete;

  private:
    int m_before;
};

}  // namespace convolab
